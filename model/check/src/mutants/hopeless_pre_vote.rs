//! A replica with a stale log gets leave to campaign. It cannot win, but it enters an epoch, and ends the leadership of
//! whoever has not lost the other two.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Rules};

struct HopelessPreVote;

pub(super) const MUTANT: Mutant = Mutant {
    name: "hopeless-pre-vote",
    words: "a replica grants a pre-vote that it would not follow with its vote",
    source: "Ongaro's thesis, §9.6: the log must be up-to-date enough",
    scope: "returning",
    rules: &HopelessPreVote,
    killed_by: Killer::Property("a pre-vote foretells the vote"),
    also: &[],
};

impl Rules for HopelessPreVote {
    fn hopeful(&self, _: EntryId, _: EntryId) -> bool {
        true
    }
}
