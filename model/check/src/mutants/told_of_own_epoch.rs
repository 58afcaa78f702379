//! The leader that answers names the entry as if it had written it.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Rules};

struct ToldOfOwnEpoch;

pub(super) const MUTANT: Mutant = Mutant {
    name: "told-of-own-epoch",
    words: "a retry is told the place of its entry with the epoch of the leader that answers, not of the one that wrote it",
    source: "an entry id that is made up from the index, as where only the current leader answers",
    scope: "retries",
    rules: &ToldOfOwnEpoch,
    killed_by: Killer::Property("no false already done"),
    also: &[],
};

impl Rules for ToldOfOwnEpoch {
    fn owner_told(&self, _owner: Epoch, own: Epoch) -> Epoch {
        own
    }
}
