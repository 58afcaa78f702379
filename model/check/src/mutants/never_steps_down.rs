//! A leader that is cut off leads for ever, and so do the clients wait that have asked it.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct NeverStepsDown;

pub(super) const MUTANT: Mutant = Mutant {
    name: "never-steps-down",
    words: "a leader that nobody hears goes on leading",
    source: "Ongaro's thesis, §6.2",
    scope: "quorum",
    rules: &NeverStepsDown,
    killed_by: Killer::Witness("a leader that hears nobody steps down"),
    also: &[],
};

impl Rules for NeverStepsDown {
    fn unheard_too_long(&self, _: u32, _: u32) -> bool {
        false
    }
}
