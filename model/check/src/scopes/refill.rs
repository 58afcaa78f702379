//! A replica loses its disk.

use crate::action::Loss;
use crate::scope::{Disks, Scope, Start};
use crate::set::Set;

pub(super) const SCOPE: Scope = Scope {
    name: "refill",
    words: "A leader stands; one write, two epochs, one heartbeat, an unordered network, and one replica, leader or not, loses its \
            disk at any moment. What its old self had sent and what was sent to it stays deliverable, and no message is buried before \
            the loss: late votes, acknowledgements and vote requests are all that an earlier self can do harm with. The second \
            epoch is for the vote that it has forgotten.",
    set: Set::Full,
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    heartbeats: 1,
    losses: (1, &[Loss::Disk]),
    shows: &[
        "a refilled replica is a member again",
        "a refilled replica votes",
        "a learner is asked for its vote",
        "a learner refuses a read of any age",
        "what a lost disk had promised arrives late",
    ],
    ..Scope::BASE
};
