//! A new leader takes what stands in its log for decided, and says that an entry is lost which a later leader can bring back.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Rules};

struct AwaitLostFromLog;

pub(super) const MUTANT: Mutant = Mutant {
    name: "await-lost-from-log",
    words: "an entry whose level is awaited is said to be lost once another one is in its place in the leader's log, committed or not",
    source: "Raft §5.4.2, figure 8: a conflict that is not committed may be truncated itself",
    scope: "fate",
    rules: &AwaitLostFromLog,
    killed_by: Killer::Property("awaited levels hold"),
    also: &[],
};

impl Rules for AwaitLostFromLog {
    fn awaited_lost_to(&self, _committed: EntryId, last: EntryId) -> EntryId {
        last
    }
}
