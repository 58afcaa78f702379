//! Whoever asks, and is fresh enough, gets the vote: the second who asks, too.

use super::{Killer, Mutant};
use katakv_core::{NodeId, Rules};

struct TwoVotesAnEpoch;

pub(super) const MUTANT: Mutant = Mutant {
    name: "two-votes-an-epoch",
    words: "a voter does not ask itself whether it has voted already",
    source: "Raft §5.2",
    scope: "votes",
    rules: &TwoVotesAnEpoch,
    killed_by: Killer::Property("election safety"),
    also: &[],
};

impl Rules for TwoVotesAnEpoch {
    fn may_vote(&self, _vote: Option<NodeId>, _candidate: NodeId) -> bool {
        true
    }
}
