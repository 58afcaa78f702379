//! A leader's state takes the log's place, and nobody looks at what was there.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct QuarantinePassedByAState;

pub(super) const MUTANT: Mutant = Mutant {
    name: "quarantine-passed-by-a-state",
    words: "only what gives way to a leader's entries is kept, not what gives way to its state",
    source: "the other way to lose an entry: Raft §7, InstallSnapshot step 7, \"discard the entire log\"",
    scope: "quarantine-state",
    rules: &QuarantinePassedByAState,
    killed_by: Killer::Property("lost writes are in quarantine"),
    also: &[],
};

impl Rules for QuarantinePassedByAState {
    fn quarantines_replaced(&self) -> bool {
        false
    }
}
