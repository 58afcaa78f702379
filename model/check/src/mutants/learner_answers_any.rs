//! It has applied little and knows of nothing more, so it claims to be up to date.

use super::{Killer, Mutant};
use katakv_core::{Rules, Standing};

struct LearnerAnswersAny;

pub(super) const MUTANT: Mutant = Mutant {
    name: "learner-answers-any",
    words: "a replica that has lost its disk answers reads of any age, with an age that it cannot know",
    source: "Ongaro's thesis, §4.2.1: a new server is caught up before it counts",
    scope: "refill",
    rules: &LearnerAnswersAny,
    killed_by: Killer::Property("any reads tell their age"),
    also: &[],
};

impl Rules for LearnerAnswersAny {
    fn knows_its_age(&self, _: Standing) -> bool {
        true
    }
}
