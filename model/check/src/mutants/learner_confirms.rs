//! It hears the leader, so it says that it follows. Its old self had elected another one.

use super::{Killer, Mutant};
use katakv_core::{Rules, Standing};

struct LearnerConfirms;

pub(super) const MUTANT: Mutant = Mutant {
    name: "learner-confirms",
    words: "a replica that has lost its disk confirms the leader that it hears",
    source: "Ongaro's thesis, §6.4 and §4.2.1: only members confirm",
    scope: "refill-reads",
    rules: &LearnerConfirms,
    killed_by: Killer::Property("a refilled replica is not counted early"),
    also: &["linearizable"],
};

impl Rules for LearnerConfirms {
    fn confirms(&self, _: Standing) -> bool {
        true
    }
}
