//! An append is an append. It comes from a leader that was replaced: there are two leaders
//! to follow now, and what the old one is told it takes for a copy.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Message, Rules};

struct LowerEpochHeard;

pub(super) const MUTANT: Mutant = Mutant {
    name: "lower-epoch-heard",
    words: "a replica takes appends of lower epochs",
    source: "Raft §5.1; figure 2, step 1 of AppendEntries",
    scope: "takeover",
    rules: &LowerEpochHeard,
    killed_by: Killer::Property("no honest refusal"),
    also: &["leader completeness", "quorum acknowledgements kept"],
};

impl Rules for LowerEpochHeard {
    fn deaf_to(&self, message: &Message, own: Epoch) -> bool {
        message.epoch() < own && !matches!(message, Message::Append { .. })
    }
}
