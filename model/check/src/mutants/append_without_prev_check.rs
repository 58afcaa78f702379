//! The lengths agree, the contents do not.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Rules};

struct AppendWithoutPrevCheck;

pub(super) const MUTANT: Mutant = Mutant {
    name: "append-without-prev-check",
    words: "a follower appends where it has any entry before, not the one that the leader means",
    source: "Raft §5.3",
    scope: "epochs",
    rules: &AppendWithoutPrevCheck,
    killed_by: Killer::Property("log matching"),
    also: &[],
};

impl Rules for AppendWithoutPrevCheck {
    fn matches_prev(&self, own: Option<Epoch>, _prev: Epoch) -> bool {
        own.is_some()
    }
}
