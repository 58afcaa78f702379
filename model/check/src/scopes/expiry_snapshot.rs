//! A follower gets the deadlines with the state.

use crate::network::NetworkKind;
use crate::scope::{Disks, Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "expiry-snapshot",
    words: "A leader stands; one write at level quorum that lives for one tick of a clock, one tick, one look at a clock, one \
            compaction, one heartbeat, one failover, disks that sync at once, no crash: a follower that is sent the leader's \
            state lets the key expire when it leads, or learns that it is gone.",
    network: NetworkKind::Ordered,
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Quorum],
    ttl: Some(1),
    ticks: 1,
    expiries: 1,
    heartbeats: 1,
    compactions: 1,
    shows: &["a follower takes a leader's state", "a key expires"],
    ..Scope::BASE
};
