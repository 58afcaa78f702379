//! The request tells of an un-synced end of the log. It is voted for; the crash takes the end; the candidate campaigns
//! again in the same epoch, and the vote that is still under way elects it.

use super::{Killer, Mutant};
use katakv_core::{Message, Rules};

struct EarlyVoteRequest;

pub(super) const MUTANT: Mutant = Mutant {
    name: "early-vote-request",
    words: "vote requests leave before the candidate's own vote is synced",
    source: "found by this model",
    scope: "main",
    rules: &EarlyVoteRequest,
    killed_by: Killer::Property("leader completeness"),
    also: &[],
};

impl Rules for EarlyVoteRequest {
    fn waits_for_sync(&self, promise: &Message) -> bool {
        !matches!(promise, Message::RequestVote { .. })
    }
}
