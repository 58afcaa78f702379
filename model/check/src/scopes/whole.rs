//! The main scope: everything once, from empty disks.

use crate::action::StoreFate;
use crate::scope::Scope;
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "main",
    words: "Two epochs, one write at any level, one crash that keeps or loses the applied store, from empty disks, on \
            a network without order: every election, replication, crash and failover that these allow. Mistakes \
            about durability and freshness have shown within it, at the latest 17 steps deep.",
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum, AckLevel::All],
    crashes: 1,
    stores: &[StoreFate::Kept, StoreFate::Lost],
    shows: &[
        "a later epoch's leader serves",
        "two leaders of different epochs",
        "logs disagree",
        "a follower has applied a write",
        "acknowledged at leader",
        "acknowledged at quorum",
        "acknowledged at all",
        "a write is acknowledged at quorum and its leader is gone",
        "a session is told LOST",
        "an older epoch's entry commits under a barrier",
        "a crash takes an un-synced record",
        "a replica that has voted crashes",
        "a gated acknowledgement leaves on a sync",
    ],
    ..Scope::BASE
};
