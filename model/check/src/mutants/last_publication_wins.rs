//! Whoever was told last that it leads is believed, though another was elected since.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Rules};

struct LastPublicationWins;

pub(super) const MUTANT: Mutant = Mutant {
    name: "last-publication-wins",
    words: "the result of an election that is heard last is taken, whatever its epoch",
    source: "Burrows 2006, §2.4: what is delayed and comes after a successor's has to be told apart",
    scope: "router",
    rules: &LastPublicationWins,
    killed_by: Killer::Property("publication is monotonic"),
    also: &[],
};

impl Rules for LastPublicationWins {
    fn supersedes(&self, _heard: Epoch, _latest: Option<Epoch>) -> bool {
        true
    }
}
