//! A replica that was cut off comes back, and whoever it asks says yes: it campaigns, and the leader that the others hear
//! is deposed.

use super::{Killer, Mutant};
use katakv_core::{NodeId, Rules};

struct PreVoteAgainstALeader;

pub(super) const MUTANT: Mutant = Mutant {
    name: "pre-vote-against-a-leader",
    words: "a replica grants a pre-vote although it hears a leader",
    source: "Ongaro's thesis, §9.6; the disruption that pre-vote is there to prevent",
    scope: "returning",
    rules: &PreVoteAgainstALeader,
    killed_by: Killer::Property("a heard leader stays"),
    also: &[],
};

impl Rules for PreVoteAgainstALeader {
    fn lets_go(&self, _: Option<NodeId>, _: NodeId) -> bool {
        true
    }
}
