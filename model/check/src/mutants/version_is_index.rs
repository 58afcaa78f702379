//! The version is a number.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Rules};

struct VersionIsIndex;

pub(super) const MUTANT: Mutant = Mutant {
    name: "version-is-index",
    words: "a condition holds if the key was changed at the same index, whichever epoch that was",
    source: "etcd counts revisions, which is sound there: it tells nobody of an entry that is not committed",
    scope: "versions",
    rules: &VersionIsIndex,
    killed_by: Killer::Property("applied as specified"),
    also: &[],
};

impl Rules for VersionIsIndex {
    fn condition_holds(&self, found: Option<EntryId>, expected: Option<EntryId>) -> bool {
        found.map(|found| found.index) == expected.map(|expected| expected.index)
    }
}
