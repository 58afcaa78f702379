//! It hears no leader, so it asks for votes, with a log that is less than it was.

use super::{Killer, Mutant};
use katakv_core::{Rules, Standing};

struct LearnerCampaigns;

pub(super) const MUTANT: Mutant = Mutant {
    name: "learner-campaigns",
    words: "a replica that has lost its disk campaigns",
    source: "Ongaro's thesis, §4.2.1: non-voting members do not start elections",
    scope: "refill-power",
    rules: &LearnerCampaigns,
    killed_by: Killer::Property("a damaged replica never wins"),
    also: &[],
};

impl Rules for LearnerCampaigns {
    fn campaigns(&self, _: Standing) -> bool {
        true
    }
}
