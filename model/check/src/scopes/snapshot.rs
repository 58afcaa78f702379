//! A leader's state meets logs of every kind.

use crate::scope::{Disks, Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "snapshot",
    words: "A leader stands, one write at level leader, two epochs, one compaction, one heartbeat, no crash, \
            disks that sync at once: the heartbeat makes the leader send its state to whoever has not answered yet, so it arrives late, twice, and where an older \
            leader's entry stands.",
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader],
    heartbeats: 1,
    compactions: 1,
    recovers: true,
    shows: &[
        "a follower takes a leader's state",
        "a leader's state is old news",
        "a leader's state ends where another entry stands",
    ],
    ..Scope::BASE
};
