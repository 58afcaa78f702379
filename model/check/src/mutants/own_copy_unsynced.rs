//! Writing to the own disk in parallel with replicating is sound only if the own copy counts when it is there.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct OwnCopyUnsynced;

pub(super) const MUTANT: Mutant = Mutant {
    name: "own-copy-unsynced",
    words: "the leader counts its own copy before it is synced",
    source: "Ongaro, thesis, §10.2.1",
    scope: "failover",
    rules: &OwnCopyUnsynced,
    killed_by: Killer::Property("quorum acknowledgements kept"),
    also: &[],
};

impl Rules for OwnCopyUnsynced {
    fn own_copy(&self, _durable: Index, last: Index) -> Index {
        last
    }
}
