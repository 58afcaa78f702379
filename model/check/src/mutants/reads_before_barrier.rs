//! A leader takes linearizable reads before its barrier is committed.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct ReadsBeforeBarrier;

pub(super) const MUTANT: Mutant = Mutant {
    name: "reads-before-barrier",
    words: "a leader takes linearizable reads before its barrier is committed",
    source: "Ongaro, thesis §6.4, step 1",
    scope: "reads",
    rules: &ReadsBeforeBarrier,
    killed_by: Killer::Property("linearizable"),
    also: &[],
};

impl Rules for ReadsBeforeBarrier {
    fn serves_reads(&self, _barrier: Index, _commit: Index) -> bool {
        true
    }
}
