//! What a replica makes durable: one ordered sequence of records for epoch, vote and entries alike.

use crate::{Entries, Epoch, Index, Lineage, NodeId, Snapshot};
use serde::{Deserialize, Serialize};

/// The epoch a replica is in and the vote it has given there. One vote per epoch, durable before it is told:
/// that is what makes two leaders of one epoch impossible (Raft §5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HardState {
    /// The highest epoch seen.
    pub epoch: Epoch,
    /// Who got this replica's vote in it.
    pub vote: Option<NodeId>,
    /// Whether this replica counts.
    pub standing: Standing,
}

/// Whether a replica counts, or has lost its disk and learns what it had. An incarnation is a number that no other
/// refill of the partition has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// A member since the group began: its disk holds all that it has ever promised.
    #[default]
    Original,
    /// It began with an empty disk in the place of a member, and does not know what that had promised. It counts for
    /// nothing.
    Learner {
        /// Which refill this is.
        incarnation: u64,
    },
    /// It began so, and the entry that names its incarnation is committed in its log: it counts again.
    Member {
        /// Which refill it was.
        incarnation: u64,
    },
}

impl Standing {
    /// Whether its votes and its copies count.
    pub fn is_member(self) -> bool {
        !matches!(self, Standing::Learner { .. })
    }
}

/// The log ends after `after`, and then come `entries`: what stood there before is truncated by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tail {
    /// The last index that stays.
    pub after: Index,
    /// What follows it; never empty.
    pub entries: Entries,
}

impl Tail {
    /// The last index of the log once the record is in it.
    pub fn last(&self) -> Index {
        self.after.plus(self.entries.len())
    }
}

/// The log has a new beginning.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Base {
    /// The entries up to the end of this lineage are dropped. The store's own disk has them applied.
    Compacted(Lineage),
    /// A leader's state takes the place of the whole log.
    Installed(Snapshot),
}

/// All that one step made durable, as one record: it survives a crash whole or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// The new epoch and vote, if they changed.
    pub hard: Option<HardState>,
    /// The new end of the log, if it changed.
    pub tail: Option<Tail>,
    /// The new beginning of the log, if it changed; never together with its end.
    pub base: Option<Base>,
}

impl Record {
    /// Whether there is nothing to make durable.
    pub fn is_empty(&self) -> bool {
        self.hard.is_none() && self.tail.is_none() && self.base.is_none()
    }
}
