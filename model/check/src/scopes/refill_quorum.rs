//! A replica loses its disk, and its leader hears too little.

use crate::action::Loss;
use crate::network::NetworkKind;
use crate::scope::{Disks, Scope, Start};
use katakv_core::Limits;

pub(super) const SCOPE: Scope = Scope {
    name: "refill-quorum",
    words: "A leader stands that steps down after one silent heartbeat, and sends three; two epochs, no write, in order, disks \
            that sync at once, and one lost disk. A learner is no majority together with its leader, so that one may step down for its \
            sake; what the learner says reaches one that leads no more in an epoch that is no older.",
    limits: Limits {
        quorum_heartbeats: 1,
        ..Scope::BASE.limits
    },
    network: NetworkKind::Ordered,
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    heartbeats: 3,
    losses: (1, &[Loss::Disk]),
    recovers: true,
    shows: &[
        "a leader that hears nobody steps down",
        "a refilled replica is a member again",
        "a learner is asked for its vote",
    ],
    ..Scope::BASE
};
