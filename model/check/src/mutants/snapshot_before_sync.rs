//! The store takes the state as soon as it is there. The power fails, the record with it, and the store is ahead of the
//! log that is left.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct SnapshotBeforeSync;

pub(super) const MUTANT: Mutant = Mutant {
    name: "snapshot-before-sync",
    words: "a store gets a leader's state before the record of it is synced",
    source: "Raft figure 2: persistent state is updated first; etcd saves a snapshot before it applies it",
    scope: "power",
    rules: &SnapshotBeforeSync,
    killed_by: Killer::Property("no honest refusal"),
    also: &[],
};

impl Rules for SnapshotBeforeSync {
    fn installs(&self, _last: Index, _durable: Index) -> bool {
        true
    }
}
