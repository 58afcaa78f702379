//! The log is long enough, so the follower takes its own entries for those that the state stands for. They may be an
//! older leader's, and are then committed.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Rules};

struct SnapshotEpochUnchecked;

pub(super) const MUTANT: Mutant = Mutant {
    name: "snapshot-epoch-unchecked",
    words: "a follower that has any entry where a state ends takes itself to have all of it",
    source: "Raft figure 13, step 6: same index and term",
    scope: "snapshot",
    rules: &SnapshotEpochUnchecked,
    killed_by: Killer::Property("leader completeness"),
    also: &["applied agreement", "no silent loss"],
};

impl Rules for SnapshotEpochUnchecked {
    fn holds_snapshot(&self, own: Option<Epoch>, _last: Epoch) -> bool {
        own.is_some()
    }
}
