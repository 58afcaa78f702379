//! Dropping all that it was asked to. What was committed and not applied yet is gone before the store has it.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct CompactsUnapplied;

pub(super) const MUTANT: Mutant = Mutant {
    name: "compacts-unapplied",
    words: "a log drops entries that are not applied yet",
    source: "Raft §7: a snapshot covers what the state machine has applied",
    scope: "compaction",
    rules: &CompactsUnapplied,
    killed_by: Killer::Property("no honest refusal"),
    also: &[],
};

impl Rules for CompactsUnapplied {
    fn compacted_to(&self, asked: Index, _applied: Index) -> Index {
        asked
    }
}
