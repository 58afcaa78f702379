//! A leader whose target is gone waits for it for ever, and serves nobody.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct NeverGivesUp;

pub(super) const MUTANT: Mutant = Mutant {
    name: "never-gives-up",
    words: "a leader that hands over waits for its target for ever",
    source: "Ongaro's thesis, §3.10: the prior leader resumes after an election timeout",
    scope: "handover",
    rules: &NeverGivesUp,
    killed_by: Killer::Witness("a leader that has given up its transfer appends"),
    also: &[],
};

impl Rules for NeverGivesUp {
    fn gives_up(&self, _: u32, _: u32) -> bool {
        false
    }
}
