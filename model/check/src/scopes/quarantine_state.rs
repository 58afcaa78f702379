//! Acknowledged writes give way to a leader's state, and what they were is kept.

use crate::action::StoreFate;
use crate::scope::{Disks, Scope, Start};
use crate::set::Set;
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "quarantine-state",
    words: "A leader stands, one write at level leader, two epochs, one compaction at any moment, one heartbeat, one crash that \
            takes all or nothing of the store, disks that sync at once: the write gives way to a leader's state, and the log \
            that tells of it is compacted afterwards or not.",
    set: Set::Full,
    disks: Disks::Immediate,
    limits: Limits {
        quarantine: true,
        ..Scope::BASE.limits
    },
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader],
    crashes: 1,
    stores: &[StoreFate::Kept, StoreFate::Lost],
    heartbeats: 1,
    compactions: 1,
    shows: &[
        "a lost write's operation is told",
        "a lost write gave way to a leader's state",
        "a quarantine outlives the log that tells of it",
    ],
    ..Scope::BASE
};
