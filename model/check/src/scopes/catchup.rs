//! A follower that learns of a commit together with its entries.

use crate::scope::{Scope, Start};
use crate::set::Set;
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "catchup",
    words: "A leader stands; one write at level leader, one heartbeat, one crash, one failover: a heartbeat makes the new \
            leader send again, so a follower truncates, appends and learns of the commit in one step, and \
            crashes before its disk has any of it.",
    set: Set::Full,
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader],
    crashes: 1,
    heartbeats: 1,
    shows: &[
        "entries are truncated",
        "a heartbeat tells of a commit",
        "a crash takes an un-synced record",
    ],
    ..Scope::BASE
};
