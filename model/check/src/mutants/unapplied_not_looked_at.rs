//! Only what is applied is looked through.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct UnappliedNotLookedAt;

pub(super) const MUTANT: Mutant = Mutant {
    name: "unapplied-not-looked-at",
    words: "a leader looks for a retry among the applied results only, and appends again what is still on its way",
    source: "sessions checked where requests come in, with the table of where they are applied; RIFL keeps those in progress apart for this",
    scope: "retries",
    rules: &UnappliedNotLookedAt,
    killed_by: Killer::Property("exactly once"),
    also: &[],
};

impl Rules for UnappliedNotLookedAt {
    fn appended_before(&self, _place: Option<Index>) -> Option<Index> {
        None
    }
}
