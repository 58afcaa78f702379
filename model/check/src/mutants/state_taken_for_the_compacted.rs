//! It gives another entry to a learner that has got past the first: past what it has compacted, it thinks. But the state that it
//! has sent is of all that it has applied.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct StateTakenForTheCompacted;

pub(super) const MUTANT: Mutant = Mutant {
    name: "state-taken-for-the-compacted",
    words: "a leader takes a state that it has sent for one of what it has compacted, and waits for a learner that is past its entry",
    source: "found on real nodes: in a quiet cluster a refilled node stayed without a vote",
    scope: "refill-snapshot",
    rules: &StateTakenForTheCompacted,
    killed_by: Killer::Property("a learner gets its entry"),
    also: &[],
};

impl Rules for StateTakenForTheCompacted {
    fn passed_over(&self, reached: Index, _: Index, compacted: Index) -> Index {
        reached.min(compacted)
    }
}
