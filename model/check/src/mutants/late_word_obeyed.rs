//! A replica is told to campaign by a leader that was replaced, and obeys.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Message, Rules};

struct LateWordObeyed;

pub(super) const MUTANT: Mutant = Mutant {
    name: "late-word-obeyed",
    words: "a replica campaigns when the leader of an earlier epoch tells it to",
    source: "Raft §5.1",
    scope: "handovers",
    rules: &LateWordObeyed,
    killed_by: Killer::Property("only the leader hands over"),
    also: &[],
};

impl Rules for LateWordObeyed {
    fn deaf_to(&self, message: &Message, own: Epoch) -> bool {
        message.epoch() < own && !matches!(message, Message::TimeoutNow { .. })
    }
}
