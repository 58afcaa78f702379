//! Each look at the clock appends.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct ExpiriesPileUp;

pub(super) const MUTANT: Mutant = Mutant {
    name: "expiries-pile-up",
    words: "a leader lets keys expire by one more entry while one is under way",
    source: "a timer that does not ask whether its last firing is done",
    scope: "expiry",
    rules: &ExpiriesPileUp,
    killed_by: Killer::Property("one expiry at a time"),
    also: &[],
};

impl Rules for ExpiriesPileUp {
    fn expires_again(&self, _under_way: bool) -> bool {
        true
    }
}
