//! A replica loses its disk, and its leader has dropped what it had.

use crate::action::Loss;
use crate::scope::{Disks, Scope, Start};

pub(super) const SCOPE: Scope = Scope {
    name: "refill-snapshot",
    words: "A leader stands; one epoch, two heartbeats, no write, an unordered network, disks that sync at once, one compaction and \
            one lost disk: what is compacted may be all that the replica needs, the entry that makes it a member among it; and a \
            state that is sent again may be of more than what is compacted. Epochs are for the scopes without compaction: what a \
            state stands for is committed.",
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 1,
    heartbeats: 2,
    compactions: 1,
    losses: (1, &[Loss::Disk]),
    recovers: true,
    shows: &[
        "a follower takes a leader's state",
        "a replica is a member again whose log begins with a leader's state",
        "a learner gets past its entry",
    ],
    ..Scope::BASE
};
