//! Each queue has a bound, and each is one longer than its bound.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct AcceptsOneTooMany;

pub(super) const MUTANT: Mutant = Mutant {
    name: "accepts-one-too-many",
    words: "a leader refuses a write only when more wait than may, not when as many do",
    source: "an off-by-one; memory and the time to recover are bounded by it",
    scope: "refusals",
    rules: &AcceptsOneTooMany,
    killed_by: Killer::Property("refusals change nothing"),
    also: &[],
};

impl Rules for AcceptsOneTooMany {
    fn too_many(&self, waiting: u64, max: u64) -> bool {
        waiting > max
    }
}
