//! What was just appended is at the end of the log, or so it seems.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct AcknowledgesItsLastIndex;

pub(super) const MUTANT: Mutant = Mutant {
    name: "acknowledges-its-last-index",
    words: "a follower acknowledges its own last index, not the last one that the append reached",
    source: "Raft, figure 2: matchIndex is what is known to be replicated",
    scope: "heartbeats",
    rules: &AcknowledgesItsLastIndex,
    killed_by: Killer::Property("fate tells the truth"),
    also: &["leader completeness"],
};

impl Rules for AcknowledgesItsLastIndex {
    fn equal_to(&self, _matched: Index, last: Index) -> Index {
        last
    }
}
