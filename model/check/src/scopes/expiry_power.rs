//! Power cuts around keys that live for a while.

use crate::action::StoreFate;
use crate::scope::{Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "expiry-power",
    words: "A leader stands; one write at level quorum that lives for one tick of a clock, one tick, one look at a clock, one crash, \
            which may take the store back to nothing, one epoch, disks that sync one by one: a deadline and an expiry are lost, found \
            again, and applied again.",
    start: Start::Leading,
    writes: 1,
    levels: &[AckLevel::Quorum],
    ttl: Some(1),
    ticks: 1,
    expiries: 1,
    crashes: 1,
    stores: &[StoreFate::Kept, StoreFate::Lost],
    shows: &["a key expires", "a crash takes an un-synced record"],
    ..Scope::BASE
};
