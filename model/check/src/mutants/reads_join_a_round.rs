//! A read joins the last round that has begun.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct ReadsJoinARound;

pub(super) const MUTANT: Mutant = Mutant {
    name: "reads-join-a-round",
    words: "a read joins the last round that has begun",
    source: "Ongaro, thesis §6.4, step 3",
    scope: "read-rounds",
    rules: &ReadsJoinARound,
    killed_by: Killer::Property("linearizable"),
    also: &[],
};

impl Rules for ReadsJoinARound {
    fn read_round(&self, last: u64) -> u64 {
        last.max(1)
    }
}
