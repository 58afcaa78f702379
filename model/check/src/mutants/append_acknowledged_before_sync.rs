//! The entries are in the follower's log, so it says so. The leader counts a copy that a power cut takes back.

use super::{Killer, Mutant};
use katakv_core::{Message, Rules};

struct AppendAcknowledgedBeforeSync;

pub(super) const MUTANT: Mutant = Mutant {
    name: "append-acknowledged-before-sync",
    words: "a follower acknowledges what it has appended and not synced",
    source: "Raft §5, figure 2: persistent state is updated before responding",
    scope: "failover",
    rules: &AppendAcknowledgedBeforeSync,
    killed_by: Killer::Property("quorum acknowledgements kept"),
    also: &[],
};

impl Rules for AppendAcknowledgedBeforeSync {
    fn waits_for_sync(&self, promise: &Message) -> bool {
        !matches!(promise, Message::Appended { .. })
    }
}
