//! Of what it drops, the log remembers the last entry only, as Raft's does. That is enough for elections and appends;
//! but a session that has seen an entry of an earlier epoch is told that it is lost.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Lineage, Rules};

struct LineageForgotten;

pub(super) const MUTANT: Mutant = Mutant {
    name: "lineage-forgotten",
    words: "a compacted log remembers the epoch of the last dropped entry only",
    source: "Raft §7 keeps the last included index and term; a session token may be of any",
    scope: "compaction",
    rules: &LineageForgotten,
    killed_by: Killer::Property("applied agreement"),
    also: &["compaction keeps the lineage", "leader completeness"],
};

impl Rules for LineageForgotten {
    fn lineage_kept(&self, lineage: Lineage) -> Lineage {
        let last = lineage.last();
        let mut kept = Lineage::default();
        while kept.last().index < last.index {
            kept.append(EntryId::new(last.epoch, kept.last().index.next()));
        }
        kept
    }
}
