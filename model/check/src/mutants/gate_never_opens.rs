//! Perfectly safe.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct GateNeverOpens;

pub(super) const MUTANT: Mutant = Mutant {
    name: "gate-never-opens",
    words: "what waits for the disk waits for ever",
    source: "a lost wake-up",
    scope: "tiny",
    rules: &GateNeverOpens,
    killed_by: Killer::Witness("a leader serves"),
    also: &[],
};

impl Rules for GateNeverOpens {
    fn gate_opens(&self, _records: u32) -> bool {
        false
    }
}
