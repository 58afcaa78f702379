//! Replicas whose logs are equal never grant each other a pre-vote. Nothing bad happens: nobody is elected.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Rules};

struct PreVoteToTheFresherOnly;

pub(super) const MUTANT: Mutant = Mutant {
    name: "pre-vote-to-the-fresher-only",
    words: "equal logs are taken for stale ones",
    source: "an off-by-one that leaves every property green",
    scope: "returning",
    rules: &PreVoteToTheFresherOnly,
    killed_by: Killer::Witness("a pre-vote leads to a campaign"),
    also: &[],
};

impl Rules for PreVoteToTheFresherOnly {
    fn hopeful(&self, candidate: EntryId, own: EntryId) -> bool {
        candidate > own
    }
}
