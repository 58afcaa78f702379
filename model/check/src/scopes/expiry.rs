//! Keys that live for a while, and clocks that differ.

use crate::network::NetworkKind;
use crate::scope::{Disks, Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "expiry",
    words: "A leader stands; two writes of one key at level quorum, each of which lives for one tick of a clock; two ticks, each of any \
            node's clock, so that one may be two ahead; two looks at a clock when the key is due; one failover, disks that \
            sync at once, no crash: what a crash takes away and recovery brings back is the log and the store, which know \
            nothing of clocks.",
    network: NetworkKind::Ordered,
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    writes: 2,
    levels: &[AckLevel::Quorum],
    ttl: Some(1),
    ticks: 2,
    expiries: 2,
    shows: &[
        "a key expires",
        "a key that is due is written anew and stays",
        "the clock of a leader is behind its log",
        "an expiry is truncated",
    ],
    ..Scope::BASE
};
