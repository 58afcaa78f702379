//! A confirmed read is answered before its read index is applied.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct ReadsUnapplied;

pub(super) const MUTANT: Mutant = Mutant {
    name: "reads-unapplied",
    words: "a confirmed read is answered before its read index is applied",
    source: "Ongaro, thesis §6.4, step 4",
    scope: "reads",
    rules: &ReadsUnapplied,
    killed_by: Killer::Property("linearizable"),
    also: &[],
};

impl Rules for ReadsUnapplied {
    fn reads_applied(&self, _applied: Index, _index: Index) -> bool {
        true
    }
}
