//! The session token: what a client has seen, held by the client alone.
//!
//! A session promises two things about each partition: it reads its own acknowledged writes, and its reads never go
//! back in time. Neither a node nor a router remembers anything for it: the token travels with each request, in at
//! most [`TEXT_BYTES_MAX`] bytes when printed.
//!
//! ```
//! use katakv::session::Session;
//! use katakv_core::{EntryId, Epoch, Index, Partition};
//!
//! let mut session = Session::default();
//! session.advance(Partition(3), EntryId::new(Epoch(2), Index(17)));
//! let text = session.to_string();
//! assert!(text.starts_with("kv1:-:p3=e2.17:"));
//! assert_eq!(text.parse::<Session>().unwrap(), session);
//! ```
//!
//! # How it advances
//! A *read* is answered only by a replica whose committed log contains what the token says, so the position it
//! answers at includes everything seen before: the token moves there.
//!
//! A *write's acknowledgement* proves less. Within one epoch there is one leader and one log, so the higher index
//! includes the lower. Across epochs it proves nothing: a write acknowledged by `leader` alone at `e1:5` may have been
//! truncated by the failover before the next write is acknowledged at `e2:6`. Were the token to move to `e2:6` and
//! forget `e1:5`, the loss would never be told. So the lower-epoch position is kept *in doubt* until a read under
//! it answers. If it is answered, it is committed, hence in the log of every later leader (leader completeness, Raft
//! §5.4.3), hence before `e2:6`, and can be dropped. If it is LOST, the client is told.

mod file;
mod merge;
#[cfg(test)]
mod tests;
mod text;

pub use file::{SessionFileError, load, store};
pub use merge::MergeError;
pub use text::{TEXT_BYTES_MAX, TokenError};

use crate::wire::ClusterId;
use katakv_core::{EntryId, Index, LostRange, PARTITIONS, Partition};

/// What one client has seen of each partition of one cluster. See the module's documentation for how it advances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    cluster: Option<ClusterId>,
    seen: [Seen; PARTITIONS as usize],
}

/// What has been seen of one partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// The newest position.
    newest: EntryId,
    /// A position of a lower epoch, which nobody has shown to be before `newest`.
    in_doubt: Option<EntryId>,
}

impl Session {
    /// The cluster that the session belongs to; `None` until its first answer.
    pub fn cluster(&self) -> Option<ClusterId> {
        self.cluster
    }

    /// Ties the session to `cluster`. A session of one cluster says nothing about another: it is refused there.
    pub fn join(&mut self, cluster: ClusterId) -> Result<(), OtherCluster> {
        match self.cluster {
            Some(own) if own != cluster => Err(OtherCluster { own, other: cluster }),
            _ => {
                self.cluster = Some(cluster);
                Ok(())
            }
        }
    }

    /// The newest position seen of `partition`: what a read must include.
    pub fn seen(&self, partition: Partition) -> EntryId {
        self.slot(partition).newest
    }

    /// A position that a read must be answered under before one under [`Session::seen`] includes everything.
    pub fn in_doubt(&self, partition: Partition) -> Option<EntryId> {
        self.slot(partition).in_doubt
    }

    /// A read was answered at `at` under [`Session::seen`]. A position that is not newer changes nothing.
    pub fn advance(&mut self, partition: Partition, at: EntryId) {
        let slot = self.slot_mut(partition);
        if sabotaged!("token-goes-back") {
            slot.newest = at;
            return;
        }
        slot.newest = slot.newest.max(at);
    }

    /// A write was acknowledged at `at`. The caller has settled what was in doubt before it sent the write.
    pub fn acknowledge(&mut self, partition: Partition, at: EntryId) {
        let slot = self.slot_mut(partition);
        let (lower, higher) = (slot.newest.min(at), slot.newest.max(at));
        if lower != EntryId::ZERO && lower.epoch != higher.epoch && !sabotaged!("token-forgets-a-doubt") {
            // Of two positions in doubt the newer one is kept; a client that settles before it writes has only one.
            slot.in_doubt = slot.in_doubt.max(Some(lower));
        }
        slot.newest = higher;
    }

    /// A read was answered under [`Session::in_doubt`]: it is committed, so the newest position includes it.
    pub fn settle(&mut self, partition: Partition) {
        self.slot_mut(partition).in_doubt = None;
    }

    /// Drops what a node said is lost, because the client has decided to go on without it. The session then stands
    /// at the last entry of that epoch that did survive, or, if none did, at the beginning: it keeps as much
    /// of its monotonic reads as the range can say.
    pub fn forget(&mut self, partition: Partition, lost: &LostRange) {
        let gone = |at: EntryId| at.epoch == lost.epoch && lost.first <= at.index && at.index <= lost.last;
        let slot = self.slot_mut(partition);
        if slot.in_doubt.is_some_and(gone) {
            // What survived of that epoch is committed, so the newest position includes it.
            slot.in_doubt = None;
        }
        if gone(slot.newest) {
            slot.newest = match lost.first.previous() {
                Index::ZERO => slot.in_doubt.take().unwrap_or_default(),
                last => EntryId::new(lost.epoch, last),
            };
        }
    }

    fn slot(&self, partition: Partition) -> Seen {
        self.seen[usize::from(partition.0)]
    }

    fn slot_mut(&mut self, partition: Partition) -> &mut Seen {
        &mut self.seen[usize::from(partition.0)]
    }
}

/// A session was used with a cluster that it does not belong to: use the right addresses, or a new session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session belongs to cluster {own}, and this is cluster {other}")]
pub struct OtherCluster {
    /// The session's cluster.
    pub own: ClusterId,
    /// The cluster that answered.
    pub other: ClusterId,
}
