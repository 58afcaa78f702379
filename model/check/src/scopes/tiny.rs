//! One election, to see that anything works.

use crate::action::StoreFate;
use crate::scope::Scope;
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "tiny",
    words: "One election, one write at any level, one crash that keeps or loses the applied store, in one epoch: small \
            enough to be drawn, to be replayed edge by edge, and to be run at every build.",
    writes: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum, AckLevel::All],
    crashes: 1,
    stores: &[StoreFate::Kept, StoreFate::Lost],
    recovers: true,
    shows: &[
        "a leader serves",
        "acknowledged at leader",
        "acknowledged at quorum",
        "acknowledged at all",
        "a gated acknowledgement leaves on a sync",
        "a crash takes an un-synced record",
        "a serving leader crashes",
    ],
    ..Scope::BASE
};
