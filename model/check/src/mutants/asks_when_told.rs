//! A replica that is told to campaign asks the others first, who still hear their leader.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct AsksWhenTold;

pub(super) const MUTANT: Mutant = Mutant {
    name: "asks-when-told",
    words: "a replica that its leader tells to campaign asks first whether it would be elected",
    source: "Ongaro's thesis, §4.2.3: a transfer may disrupt a leader that is heard",
    scope: "handover",
    rules: &AsksWhenTold,
    killed_by: Killer::Witness("a later epoch's leader serves"),
    also: &[],
};

impl Rules for AsksWhenTold {
    fn campaigns_when_told(&self) -> bool {
        false
    }
}
