//! Time is what the log says, and nothing else.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct LifeFromTheLog;

pub(super) const MUTANT: Mutant = Mutant {
    name: "life-from-the-log",
    words: "a leader counts a time to live from the latest time in its log, even if its clock shows a later one",
    source: "a replicated clock that moves only when something is written",
    scope: "expiry",
    rules: &LifeFromTheLog,
    killed_by: Killer::Property("no life is cut short"),
    also: &[],
};

impl Rules for LifeFromTheLog {
    fn counts_from(&self, _now_ms: u64, latest_ms: u64) -> u64 {
        latest_ms
    }
}
