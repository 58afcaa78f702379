//! One replica is not a majority, however durable.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct CommitOnOneCopy;

pub(super) const MUTANT: Mutant = Mutant {
    name: "commit-on-one-copy",
    words: "one durable copy commits",
    source: "Raft §5.3",
    scope: "failover",
    rules: &CommitOnOneCopy,
    killed_by: Killer::Property("quorum acknowledgements kept"),
    also: &["applied agreement"],
};

impl Rules for CommitOnOneCopy {
    fn commit_copies(&self, _replicas: usize) -> usize {
        1
    }
}
