//! A router believes what was published, and nothing that a replica answers.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct RouterNeverCorrected;

pub(super) const MUTANT: Mutant = Mutant {
    name: "router-never-corrected",
    words: "an answer that tells who leads changes nothing of what a router believes",
    source: "Raft §8: a server that does not lead names the leader it knows",
    scope: "router",
    rules: &RouterNeverCorrected,
    killed_by: Killer::Witness("a write goes to a leader whom the router knows from an answer alone"),
    also: &[],
};

impl Rules for RouterNeverCorrected {
    fn answers_correct(&self) -> bool {
        false
    }
}
