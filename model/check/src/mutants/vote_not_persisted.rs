//! The epoch is on disk, the vote is not: after a restart it is free again.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct VoteNotPersisted;

pub(super) const MUTANT: Mutant = Mutant {
    name: "vote-not-persisted",
    words: "the vote is not made durable",
    source: "Raft §5.2, figure 2: votedFor is persistent state",
    scope: "votes",
    rules: &VoteNotPersisted,
    killed_by: Killer::Property("election safety"),
    also: &["no honest refusal"],
};

impl Rules for VoteNotPersisted {
    fn persists_vote(&self) -> bool {
        false
    }
}
