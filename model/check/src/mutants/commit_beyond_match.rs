//! The leader has committed that far, and the log is that long. It is not the leader's log.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct CommitBeyondMatch;

pub(super) const MUTANT: Mutant = Mutant {
    name: "commit-beyond-match",
    words: "a follower bounds the leader's commit index by its own last entry, not by what the append matched",
    source: "Raft, figure 2, step 5 of AppendEntries; Gjengset, Students' Guide to Raft, 2016",
    scope: "heartbeats",
    rules: &CommitBeyondMatch,
    killed_by: Killer::Property("leader completeness"),
    also: &[],
};

impl Rules for CommitBeyondMatch {
    fn follower_commit(&self, commit: Index, _matched: Index, last: Index) -> Index {
        commit.min(last)
    }
}
