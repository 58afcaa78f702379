//! An off-by-one: a deadline is taken for the last moment but one.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct ExpiresEarly;

pub(super) const MUTANT: Mutant = Mutant {
    name: "expires-early",
    words: "a key goes by an expiry that is a moment before its deadline",
    source: "a comparison of the deadline with the wrong end of the interval",
    scope: "expiry",
    rules: &ExpiresEarly,
    killed_by: Killer::Property("applied as specified"),
    also: &[],
};

impl Rules for ExpiresEarly {
    fn expires_to(&self, time_ms: u64) -> u64 {
        time_ms + 1
    }
}
