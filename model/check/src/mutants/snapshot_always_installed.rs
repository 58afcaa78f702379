//! A state is a state. It comes late or a second time, and the store is to go back to it.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Rules};

struct SnapshotAlwaysInstalled;

pub(super) const MUTANT: Mutant = Mutant {
    name: "snapshot-always-installed",
    words: "a follower installs a state that it has already gone beyond",
    source: "Raft figure 13, step 6; etcd's raft ignores such snapshots in `restore`",
    scope: "snapshot",
    rules: &SnapshotAlwaysInstalled,
    killed_by: Killer::Property("no honest refusal"),
    also: &[],
};

impl Rules for SnapshotAlwaysInstalled {
    fn holds_snapshot(&self, _own: Option<Epoch>, _last: Epoch) -> bool {
        false
    }
}
