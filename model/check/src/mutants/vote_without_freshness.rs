//! A majority has voted, for somebody who lacks what a majority has.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Rules};

struct VoteWithoutFreshness;

pub(super) const MUTANT: Mutant = Mutant {
    name: "vote-without-freshness",
    words: "anybody gets the vote, however old his log",
    source: "Raft §5.4.1",
    scope: "failover",
    rules: &VoteWithoutFreshness,
    killed_by: Killer::Property("leader completeness"),
    also: &[],
};

impl Rules for VoteWithoutFreshness {
    fn fresh_enough(&self, _candidate: EntryId, _own: EntryId) -> bool {
        true
    }
}
