//! A leader's state, and a crash.

use crate::action::StoreFate;
use crate::scope::{Scope, Start};

pub(super) const SCOPE: Scope = Scope {
    name: "power",
    words: "A leader stands, one write at level quorum, two epochs, one compaction, one crash that keeps the store or takes \
            it back to what its own disk has: before and after the record of a leader's state is synced, and before and \
            after that of a compaction is.",
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    crashes: 1,
    stores: &[StoreFate::Kept, StoreFate::Lost],
    compactions: 1,
    shows: &[
        "a follower takes a leader's state",
        "a store gets a leader's state at recovery",
        "a crash takes an un-synced record",
    ],
    ..Scope::BASE
};
