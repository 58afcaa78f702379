//! A follower whose next entry is gone is sent appends all the same, which have nothing in them. Nothing breaks, and
//! the follower never catches up.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct CompactedNeverSent;

pub(super) const MUTANT: Mutant = Mutant {
    name: "compacted-never-sent",
    words: "a follower that needs dropped entries is not sent the state",
    source: "Raft §7, InstallSnapshot",
    scope: "compaction",
    rules: &CompactedNeverSent,
    killed_by: Killer::Witness("a follower takes a leader's state"),
    also: &[],
};

impl Rules for CompactedNeverSent {
    fn needs_snapshot(&self, _next: Index, _compacted: Index) -> bool {
        false
    }
}
