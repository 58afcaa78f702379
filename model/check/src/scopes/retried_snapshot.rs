//! The replica that is asked again has got its state from another one.

use crate::scope::{Disks, Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "retried-snapshot",
    words: "A leader stands and knows a client; one numbered write at level quorum, one attempt more, one compaction, one \
            heartbeat, one failover, disks that sync at once: a follower that is sent the leader's state leads later, and \
            knows of the write what the state tells.",
    disks: Disks::Immediate,
    start: Start::Registered,
    epochs: 2,
    writes: 1,
    retries: 1,
    levels: &[AckLevel::Quorum],
    heartbeats: 1,
    compactions: 1,
    shows: &[
        "a follower takes a leader's state",
        "a retry is told of an older leader's entry",
    ],
    ..Scope::BASE
};
