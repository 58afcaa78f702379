//! The vote is on disk, and nobody reads it.

use super::{Killer, Mutant};
use katakv_core::{NodeId, Rules};

struct ForgetVoteOnRestart;

pub(super) const MUTANT: Mutant = Mutant {
    name: "forget-vote-on-restart",
    words: "a restarted replica is free to vote again in the same epoch",
    source: "Raft §5.2",
    scope: "votes",
    rules: &ForgetVoteOnRestart,
    killed_by: Killer::Property("election safety"),
    also: &[],
};

impl Rules for ForgetVoteOnRestart {
    fn recovered_vote(&self, _durable: Option<NodeId>) -> Option<NodeId> {
        None
    }
}
