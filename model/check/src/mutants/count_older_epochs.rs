//! On a majority, and yet a later leader may not have it.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Rules};

struct CountOlderEpochs;

pub(super) const MUTANT: Mutant = Mutant {
    name: "count-older-epochs",
    words: "copies of an older epoch's entry commit it",
    source: "Raft §5.4.2, figure 8",
    scope: "epochs",
    rules: &CountOlderEpochs,
    killed_by: Killer::Property("fate tells the truth"),
    also: &["leader completeness"],
};

impl Rules for CountOlderEpochs {
    fn may_commit(&self, _entry: Epoch, _own: Epoch) -> bool {
        true
    }
}
