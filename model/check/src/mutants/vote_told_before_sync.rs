//! The vote is written, but not yet on disk when it elects. After a crash it is free again.

use super::{Killer, Mutant};
use katakv_core::{Message, Rules};

struct VoteToldBeforeSync;

pub(super) const MUTANT: Mutant = Mutant {
    name: "vote-told-before-sync",
    words: "a vote leaves before its record is synced",
    source: "Raft §5, figure 2: persistent state is updated before responding",
    scope: "votes",
    rules: &VoteToldBeforeSync,
    killed_by: Killer::Property("election safety"),
    also: &[],
};

impl Rules for VoteToldBeforeSync {
    fn waits_for_sync(&self, promise: &Message) -> bool {
        !matches!(promise, Message::Vote { .. })
    }
}
