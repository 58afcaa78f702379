//! The log is made to look like the append. The append is an old one.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct StaleAppendTruncates;

pub(super) const MUTANT: Mutant = Mutant {
    name: "stale-append-truncates",
    words: "a follower truncates at the start of an append even if it has those entries already",
    source: "Raft, figure 2, step 3 of AppendEntries; Gjengset, Students' Guide to Raft, 2016",
    scope: "overtaken",
    rules: &StaleAppendTruncates,
    killed_by: Killer::Property("quorum acknowledgements kept"),
    also: &[],
};

impl Rules for StaleAppendTruncates {
    fn keeps(&self, _known: usize) -> usize {
        0
    }
}
