//! It is in the log, so it is said to be done.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Rules};

struct FateCommittedFromLog;

pub(super) const MUTANT: Mutant = Mutant {
    name: "fate-committed-from-log",
    words: "a write is said to be committed as soon as it is in the log of the replica that is asked",
    source: "reading uncommitted state, Raft §8; the dirty reads of Jepsen: etcd and Consul, 2014",
    scope: "fate",
    rules: &FateCommittedFromLog,
    killed_by: Killer::Property("fate tells the truth"),
    also: &[],
};

impl Rules for FateCommittedFromLog {
    fn fate_committed_to(&self, _applied: EntryId, last: EntryId) -> EntryId {
        last
    }
}
