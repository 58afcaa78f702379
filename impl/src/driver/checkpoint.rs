//! Keeping the log short: compaction of the replicas' logs, and a checkpoint of all of them in place of the records.
//!
//! The order matters. First the store is synced, and only up to what it had applied then is a log compacted. Then
//! checkpoints of all partitions are appended, however idle a partition is: the WAL's segments are shared, and a record that
//! nobody has said again would hold them for ever. Once the checkpoints are synced, all segments before the first of them can
//! go.

use super::limits::APPEND_BYTES_MAX;
use super::{Driver, Replica};
use crate::codec;
use crate::store::SyncTicket;
use katakv_core::{Index, Log, Partition, Role};

/// Marks the records of checkpoints in the WAL, beside the partition.
const CHECKPOINT: u8 = 1 << 7;

/// A compaction that waits for the store.
#[derive(Debug)]
pub struct Compaction {
    ticket: SyncTicket,
    /// What each partition had applied when the sync was wanted.
    applied: Vec<Index>,
}

impl Driver {
    /// Begins a compaction: wants the store synced.
    pub fn begin_compaction(&self) -> Compaction {
        Compaction {
            applied: self.nodes.values().map(|node| node.applied().index).collect(),
            ticket: self.stores.want_sync(),
        }
    }

    /// Up to where each partition's log can be compacted, once the store is synced, if about `kept_bytes` of entries are
    /// to stay, and those after what `needed` says. It is for the caller to give the replicas `Input::Compact`.
    pub fn compactable(
        &self,
        compaction: &Compaction,
        kept_bytes: usize,
        needed: impl Fn(Partition) -> Option<Index>,
    ) -> Option<Vec<(Partition, Index)>> {
        let of = |((partition, node), applied): ((&Partition, &Replica), &Index)| {
            let to = node.log().last_but(kept_bytes).min(*applied);
            (*partition, needed(*partition).map_or(to, |needed| needed.min(to)))
        };
        let replicas = self.nodes.iter().zip(&compaction.applied);
        self.stores
            .synced(compaction.ticket)
            .then(|| replicas.map(of).collect())
    }

    /// What the partition's followers have at least, of those that are catching up: they will need the entries after it.
    /// Of a follower that is not heard nobody knows when it will.
    pub fn needed_by_followers(&self, partition: Partition) -> Option<Index> {
        let node = self.node(partition);
        let Role::Leader(leadership) = node.role() else {
            return None;
        };
        let allowed = node.config().limits.quorum_heartbeats.max(1);
        let progress = leadership.progress.iter();
        let catching_up = progress.filter(|progress| !progress.probing && progress.unheard < allowed);
        catching_up.map(|progress| progress.matched).min()
    }

    /// Records for the WAL that stand for all before them of this driver's partitions. `None` if that is not possible now:
    /// a leader's state has come that `compaction` knows nothing of. Begin another one.
    pub fn checkpoint(&self, compaction: &Compaction) -> Option<Vec<(u8, Vec<u8>)>> {
        let mut records = Vec::new();
        for ((partition, node), applied) in self.nodes.iter().zip(&compaction.applied) {
            if node.log().compacted().index > *applied {
                return None;
            }
            for record in node.checkpoint(APPEND_BYTES_MAX)? {
                records.push((partition.0 | CHECKPOINT, codec::encode(&record)));
            }
        }
        Some(records)
    }
}

/// The partition of a record in the WAL, and whether it is of a checkpoint.
pub(super) fn untag(tag: u8) -> (u8, bool) {
    (tag & !CHECKPOINT, tag & CHECKPOINT != 0)
}
