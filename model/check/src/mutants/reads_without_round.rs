//! A leader answers linearizable reads without asking whether it still leads.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct ReadsWithoutRound;

pub(super) const MUTANT: Mutant = Mutant {
    name: "reads-without-round",
    words: "a leader answers linearizable reads without asking whether it still leads",
    source: "stale reads of Consul and etcd, Jepsen 2014",
    scope: "reads",
    rules: &ReadsWithoutRound,
    killed_by: Killer::Property("linearizable"),
    also: &[],
};

impl Rules for ReadsWithoutRound {
    fn read_round(&self, _last: u64) -> u64 {
        0
    }
}
