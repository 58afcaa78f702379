//! A leader looks at its clock before it knows its log.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct TimeBeforeBarrier;

pub(super) const MUTANT: Mutant = Mutant {
    name: "time-before-barrier",
    words: "a leader lets keys expire before its barrier is committed",
    source: "Ongaro's thesis, §6.4, step 1, for what the log says of time",
    scope: "clocks",
    rules: &TimeBeforeBarrier,
    killed_by: Killer::Property("time never goes back"),
    also: &[],
};

impl Rules for TimeBeforeBarrier {
    fn serves_time(&self, _barrier: Index, _commit: Index) -> bool {
        true
    }
}
