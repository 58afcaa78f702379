//! Two replicas lose their disks, one after the other.

use crate::action::Loss;
use crate::network::NetworkKind;
use crate::scope::{Disks, Scope, Start};

pub(super) const SCOPE: Scope = Scope {
    name: "refill-twice",
    words: "A leader stands; two epochs, two heartbeats, no write, in order, disks that sync at once, and two lost disks. The second is \
            lost only when the first replica is a member again: before that, the loss would take the second of three copies, and \
            what was acknowledged on two is on none. The barriers and the entries that make members are what can be lost here.",
    disks: Disks::Immediate,
    network: NetworkKind::Ordered,
    start: Start::Leading,
    epochs: 2,
    heartbeats: 2,
    losses: (2, &[Loss::Disk]),
    recovers: true,
    shows: &[
        "a refilled replica is a member again",
        "a refilled replica votes",
        "an entry commits on a refilled replica's copy",
    ],
    ..Scope::BASE
};
