//! It has promised nothing in the epoch yet, so why write it down. Then come entries of that epoch, and after a restart the
//! log is ahead of its own epoch.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct EpochNotPersisted;

pub(super) const MUTANT: Mutant = Mutant {
    name: "epoch-not-persisted",
    words: "a replica that hears of an epoch enters it without a record",
    source: "Raft §5.2, figure 2: currentTerm is persistent state",
    scope: "votes",
    rules: &EpochNotPersisted,
    killed_by: Killer::Property("no honest refusal"),
    also: &[],
};

impl Rules for EpochNotPersisted {
    fn persists_heard_epoch(&self) -> bool {
        false
    }
}
