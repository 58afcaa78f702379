//! The log ends where it cannot be read any more, as after any crash. Here it had been synced.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct DamageIsATornTail;

pub(super) const MUTANT: Mutant = Mutant {
    name: "damage-is-a-torn-tail",
    words: "a replica cuts its log at a damaged record, though others follow, and goes on with the rest",
    source: "Alagappan et al. 2018, Protocol-Aware Recovery for Consensus-Based Storage, §3.3: LogCabin and ZooKeeper truncate",
    scope: "refill-damage",
    rules: &DamageIsATornTail,
    killed_by: Killer::Property("a damaged replica never wins"),
    also: &["leader completeness"],
};

impl Rules for DamageIsATornTail {
    fn cuts_damage(&self) -> bool {
        true
    }
}
