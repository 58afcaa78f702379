//! The entries are on its new disk, so it says so. Its old self had promised a later leader not to.

use super::{Killer, Mutant};
use katakv_core::{Rules, Standing};

struct LearnerAcknowledges;

pub(super) const MUTANT: Mutant = Mutant {
    name: "learner-acknowledges",
    words: "a replica that has lost its disk acknowledges what it is sent",
    source: "Michael et al. 2017, §2: a recovering replica forgets the promises of its old self",
    scope: "refill-power",
    rules: &LearnerAcknowledges,
    killed_by: Killer::Property("a refilled replica is not counted early"),
    also: &[],
};

impl Rules for LearnerAcknowledges {
    fn acknowledges(&self, _: Standing) -> bool {
        true
    }
}
