//! A level is awaited of whatever stands at the index. After a failover that is another one's entry, and its copies are told
//! as the copies of a write that is gone.

use super::{Killer, Mutant};
use katakv_core::{Epoch, Rules};

struct AwaitByIndex;

pub(super) const MUTANT: Mutant = Mutant {
    name: "await-by-index",
    words: "whoever awaits a level of an entry is told of the entry that has its index, of whatever epoch",
    source: "replica acknowledgements that are compared by offset alone: Redis's WAIT, whose offsets outlive a failover",
    scope: "fate",
    rules: &AwaitByIndex,
    killed_by: Killer::Property("awaited levels hold"),
    also: &[],
};

impl Rules for AwaitByIndex {
    fn is_awaited(&self, _owner: Epoch, _asked: Epoch) -> bool {
        true
    }
}
