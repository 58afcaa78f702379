//! Caught up with the place, but the write that was there is gone.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Rules};

struct NoLineageCheck;

pub(super) const MUTANT: Mutant = Mutant {
    name: "no-lineage-check",
    words: "a token is an index alone: who wrote there is not asked",
    source: "sequence-number tokens that outlive a failover",
    scope: "failover",
    rules: &NoLineageCheck,
    killed_by: Killer::Property("no silent loss"),
    also: &[],
};

impl Rules for NoLineageCheck {
    fn same_lineage(&self, _owner: Epoch, _seen: Epoch) -> bool {
        true
    }
}
