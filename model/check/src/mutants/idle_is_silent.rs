//! While nobody writes, answers to heartbeats tell of nothing new, and a healthy leader steps down.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct IdleIsSilent;

pub(super) const MUTANT: Mutant = Mutant {
    name: "idle-is-silent",
    words: "only an acknowledgement of something new counts as a sign of life",
    source: "Ongaro's thesis, §6.2: a round of heartbeats is what counts",
    scope: "quorum",
    rules: &IdleIsSilent,
    killed_by: Killer::Witness("an idle leader that is heard outlives its heartbeats"),
    also: &[],
};

impl Rules for IdleIsSilent {
    fn counts_as_heard(&self, tells_of_progress: bool) -> bool {
        tells_of_progress
    }
}
