//! The new leader looks for a retry where applied results are, before it has applied what it has inherited.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct RetriesBeforeBarrier;

pub(super) const MUTANT: Mutant = Mutant {
    name: "retries-before-barrier",
    words: "a new leader takes retries before its barrier is committed, so what it has inherited and not applied looks new",
    source: "Ongaro's thesis, §6.3 and §6.4: who has not committed an entry of its own epoch does not know what is committed",
    scope: "retries",
    rules: &RetriesBeforeBarrier,
    killed_by: Killer::Property("exactly once"),
    also: &[],
};

impl Rules for RetriesBeforeBarrier {
    fn serves_retries(&self, _barrier: Index, _commit: Index) -> bool {
        true
    }
}
