//! The changes before the one that is guarded are made.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct TransactionInPart;

pub(super) const MUTANT: Mutant = Mutant {
    name: "transaction-in-part",
    words: "a transaction whose condition does not hold makes its first change all the same",
    source: "a condition that is read as one of the change beside it, as in pipelined commands of Redis",
    scope: "transactions",
    rules: &TransactionInPart,
    killed_by: Killer::Property("applied as specified"),
    also: &[],
};

impl Rules for TransactionInPart {
    fn applied_ops(&self, conditions_hold: bool, ops: usize) -> usize {
        if conditions_hold { ops } else { ops.min(1) }
    }
}
