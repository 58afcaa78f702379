//! A write that changed nothing is not worth remembering.

use super::{Killer, Mutant};
use katakv_core::{Outcome, Rules};

struct ConflictsNotRemembered;

pub(super) const MUTANT: Mutant = Mutant {
    name: "conflicts-not-remembered",
    words: "only writes that changed something are remembered, so a retry of one in conflict may succeed after all",
    source: "RIFL, Lee et al. 2015: a completion record is for every result",
    scope: "retried-conflict",
    rules: &ConflictsNotRemembered,
    killed_by: Killer::Property("applied as specified"),
    also: &["exactly once"],
};

impl Rules for ConflictsNotRemembered {
    fn remembers(&self, outcome: &Outcome) -> bool {
        *outcome == Outcome::Done
    }
}
