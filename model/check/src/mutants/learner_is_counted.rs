//! It has the entries, so the leader commits by it. Who was there when the old self voted, it does not ask.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct LearnerIsCounted;

pub(super) const MUTANT: Mutant = Mutant {
    name: "learner-is-counted",
    words: "a leader counts the copies of a replica that has lost its disk",
    source: "Ongaro's thesis, §4.2.1: the leader does not count non-voting members for commitment",
    scope: "refill-power",
    rules: &LearnerIsCounted,
    killed_by: Killer::Property("leader completeness"),
    also: &[],
};

impl Rules for LearnerIsCounted {
    fn learners_copy(&self, reached: Index) -> Index {
        reached
    }
}
