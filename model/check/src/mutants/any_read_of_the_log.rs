//! The answer names the end of the log, and is of what is applied: who compares positions takes it for newer than it is.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Rules};

struct AnyReadOfTheLog;

pub(super) const MUTANT: Mutant = Mutant {
    name: "any-read-of-the-log",
    words: "a read of any age is said to be as of the last entry in the log, applied or not",
    source: "Terry 2013: a consistent prefix is of what was committed, in order",
    scope: "failover",
    rules: &AnyReadOfTheLog,
    killed_by: Killer::Property("any reads tell their age"),
    also: &[],
};

impl Rules for AnyReadOfTheLog {
    fn any_read_position(&self, _applied: EntryId, last: EntryId) -> EntryId {
        last
    }
}
