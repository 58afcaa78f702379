//! A leader tells its target to campaign without looking how far it is.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct ToldBeforeItHasAll;

pub(super) const MUTANT: Mutant = Mutant {
    name: "told-before-it-has-all",
    words: "a leader that hands over tells its target to campaign whether or not it has the whole log",
    source: "Ongaro's thesis, §3.10, step 2",
    scope: "handover",
    rules: &ToldBeforeItHasAll,
    killed_by: Killer::Property("a hand-over is prepared"),
    also: &[],
};

impl Rules for ToldBeforeItHasAll {
    fn has_caught_up(&self, _: Index, _: Index) -> bool {
        true
    }
}
