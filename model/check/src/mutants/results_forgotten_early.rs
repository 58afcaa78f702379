//! An off-by-one: the first result that is still needed goes with those that are not.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct ResultsForgottenEarly;

pub(super) const MUTANT: Mutant = Mutant {
    name: "results-forgotten-early",
    words: "the result after the last one that the client is done with is forgotten, too",
    source: "RIFL, Lee et al. 2015: the first number that is *not* acknowledged stays",
    scope: "retries",
    rules: &ResultsForgottenEarly,
    killed_by: Killer::Property("applied as specified"),
    also: &["exactly once"],
};

impl Rules for ResultsForgottenEarly {
    fn forgets_to(&self, done: u64) -> u64 {
        done + 1
    }
}
