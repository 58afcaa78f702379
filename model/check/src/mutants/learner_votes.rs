//! It has no vote on its disk in this epoch. Its old self had.

use super::{Killer, Mutant};
use katakv_core::{Rules, Standing};

struct LearnerVotes;

pub(super) const MUTANT: Mutant = Mutant {
    name: "learner-votes",
    words: "a replica that has lost its disk votes at once",
    source: "Michael et al. 2017, §2: a recovering replica forgets the promises of its old self",
    scope: "refill-power",
    rules: &LearnerVotes,
    killed_by: Killer::Property("a refilled replica never votes early"),
    also: &["election safety"],
};

impl Rules for LearnerVotes {
    fn votes(&self, _: Standing) -> bool {
        true
    }
}
