//! A replica that got ahead of its group in epochs is deaf to its leader, and nobody whom it asks follows it there. It is locked
//! out for good, while the others go on.

use super::{Killer, Mutant};
use katakv_core::{Message, Rules};

struct QuestionLeavesTheEpoch;

pub(super) const MUTANT: Mutant = Mutant {
    name: "question-leaves-the-epoch",
    words: "a pre-vote of a later epoch does not bring its receiver there, so as to disturb nobody",
    source: "etcd exempts pre-votes from the rule of epochs, and has to answer lower ones with its own epoch for that reason \
             (`stepLeader`'s and `Step`'s remarks on CheckQuorum and PreVote)",
    scope: "returning",
    rules: &QuestionLeavesTheEpoch,
    killed_by: Killer::Stuck,
    also: &[],
};

impl Rules for QuestionLeavesTheEpoch {
    fn brings_its_epoch(&self, message: &Message) -> bool {
        !matches!(message, Message::PreVote { .. })
    }
}
