//! Another entry is in its place here, so it is said to be gone.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Rules};

struct FateTruncatedFromLog;

pub(super) const MUTANT: Mutant = Mutant {
    name: "fate-truncated-from-log",
    words: "a write is said to be truncated as soon as another epoch has its place in the log that is asked, committed or not",
    source: "Raft §5.4.2, figure 8: what stands in its place may itself be truncated",
    scope: "fate",
    rules: &FateTruncatedFromLog,
    killed_by: Killer::Property("fate tells the truth"),
    also: &[],
};

impl Rules for FateTruncatedFromLog {
    fn fate_truncated_to(&self, _applied: EntryId, last: EntryId) -> EntryId {
        last
    }
}
