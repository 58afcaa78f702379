//! The write is in the log, so the client is told. Then the power fails.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct AcknowledgeBeforeSync;

pub(super) const MUTANT: Mutant = Mutant {
    name: "acknowledge-before-sync",
    words: "the leader acknowledges at level leader what it has appended and not synced",
    source: "Pillai et al., All File Systems Are Not Created Equal, OSDI 2014",
    scope: "failover",
    rules: &AcknowledgeBeforeSync,
    killed_by: Killer::Property("leader acknowledgements durable"),
    also: &[],
};

impl Rules for AcknowledgeBeforeSync {
    fn acknowledged_to(&self, _durable: Index, last: Index) -> Index {
        last
    }
}
