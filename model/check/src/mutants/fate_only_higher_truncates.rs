//! Only what is newer can have replaced it, one thinks.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Rules};

struct FateOnlyHigherTruncates;

pub(super) const MUTANT: Mutant = Mutant {
    name: "fate-only-higher-truncates",
    words: "only a higher epoch at its place says that a write is truncated, so some fates stay unknown for ever",
    source: "Raft §5.3, figure 7: a log may hold entries of epochs that the leader skipped",
    scope: "fate",
    rules: &FateOnlyHigherTruncates,
    killed_by: Killer::Property("fate tells the truth"),
    also: &[],
};

impl Rules for FateOnlyHigherTruncates {
    fn takes_the_place(&self, owner: Epoch, asked: Epoch) -> bool {
        owner > asked
    }
}
