//! What the leader accepts, it takes for done.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct AnsweredBeforeOutcome;

pub(super) const MUTANT: Mutant = Mutant {
    name: "answered-before-outcome",
    words: "a conditional write is acknowledged at its level, before it is applied",
    source: "Redis: WATCH is decided by the master alone, and a failover takes back what EXEC has said",
    scope: "transactions",
    rules: &AnsweredBeforeOutcome,
    killed_by: Killer::Property("outcomes as told"),
    also: &[],
};

impl Rules for AnsweredBeforeOutcome {
    fn awaits_outcome(&self, _conditional: bool) -> bool {
        false
    }
}
