//! A leader that hands over goes on accepting writes.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct WritesWhileHandingOver;

pub(super) const MUTANT: Mutant = Mutant {
    name: "writes-while-handing-over",
    words: "a leader that hands over goes on accepting writes",
    source: "Ongaro's thesis, §3.10, step 1",
    scope: "handover",
    rules: &WritesWhileHandingOver,
    killed_by: Killer::Property("no write while handing over"),
    also: &[],
};

impl Rules for WritesWhileHandingOver {
    fn accepts_while_handing_over(&self) -> bool {
        true
    }
}
