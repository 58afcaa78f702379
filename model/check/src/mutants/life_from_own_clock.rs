//! The leader's clock is the only one.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct LifeFromOwnClock;

pub(super) const MUTANT: Mutant = Mutant {
    name: "life-from-own-clock",
    words: "a leader counts a time to live from what its clock shows, even if its log has said that it is later",
    source: "a deadline that is computed as now plus the time to live",
    scope: "expiry",
    rules: &LifeFromOwnClock,
    killed_by: Killer::Property("time never goes back"),
    also: &["no life is cut short"],
};

impl Rules for LifeFromOwnClock {
    fn counts_from(&self, now_ms: u64, _latest_ms: u64) -> u64 {
        now_ms
    }
}
