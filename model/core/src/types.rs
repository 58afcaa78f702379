//! The vocabulary: names and positions. Newtypes, so that an epoch cannot pass for an index.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How many partitions a cluster has. Fixed: a key's partition never changes.
pub const PARTITIONS: u8 = 10;

/// How many replicas a partition has.
pub const REPLICAS: usize = 3;

/// A node of the cluster, by its place in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u8);

/// One of the [`PARTITIONS`] independent replication groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Partition(pub u8);

impl Partition {
    /// Every partition of a cluster, in order.
    pub fn all() -> impl Iterator<Item = Partition> {
        (0..PARTITIONS).map(Partition)
    }

    /// The partition that owns `key`: FNV-1a over its bytes, modulo [`PARTITIONS`]. It is part of the
    /// storage format: changing it would orphan every stored key.
    pub fn of_key(key: &[u8]) -> Partition {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let hash = key
            .iter()
            .fold(OFFSET, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
        Partition((hash % u64::from(PARTITIONS)) as u8)
    }
}

/// The number of a leadership: at most one node leads in an epoch (Raft §5.1 calls it a term). It fences: a
/// replica that has seen an epoch no longer listens to lower ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(pub u64);

impl Epoch {
    /// Before the first election.
    pub const ZERO: Epoch = Epoch(0);
    /// No honest cluster gets here; a message that claims more is refused, so that [`Epoch::next`] cannot wrap.
    pub const LIMIT: Epoch = Epoch(u64::MAX / 2);

    /// How far a peer's epoch may be ahead: further than decades of elections. Without such a bound a single forged
    /// message could bring a group to [`Epoch::LIMIT`], where no election follows.
    pub const AHEAD_MAX: u64 = 1 << 32;

    /// The epoch that a candidate campaigns in.
    pub fn next(self) -> Epoch {
        Epoch(self.0 + 1)
    }
}

/// A position in a partition's log. The first entry has index 1; 0 is the place before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Index(pub u64);

impl Index {
    /// The place before the first entry.
    pub const ZERO: Index = Index(0);
    /// No honest cluster gets here; a message that claims more is refused.
    pub const LIMIT: Index = Index(u64::MAX / 2);

    /// The index after this one.
    pub fn next(self) -> Index {
        Index(self.0 + 1)
    }

    /// The index before this one; that of [`Index::ZERO`] is itself.
    pub fn previous(self) -> Index {
        Index(self.0.saturating_sub(1))
    }

    /// The index `count` places further on.
    pub fn plus(self, count: usize) -> Index {
        Index(self.0 + count as u64)
    }
}

/// Which entry: who wrote it and where. Ordered by epoch first, then index, which is the order of data
/// freshness in elections (Raft §5.4.1). Two logs that hold the same id hold the same entry there, and the same
/// entries before it (log matching, Raft §5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntryId {
    /// The epoch whose leader appended the entry.
    pub epoch: Epoch,
    /// Its place in the log.
    pub index: Index,
}

impl EntryId {
    /// The place before the first entry: what an empty log, an empty store and an empty token say.
    pub const ZERO: EntryId = EntryId {
        epoch: Epoch::ZERO,
        index: Index::ZERO,
    };

    /// The entry of `epoch` at `index`.
    pub fn new(epoch: Epoch, index: Index) -> EntryId {
        EntryId { epoch, index }
    }
}

/// A client request's number, chosen by whoever calls `step`; unique among those that wait on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u64);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "e{}", self.0)
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// `e2:7` is the entry that epoch 2 appended at index 7.
impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch, self.index)
    }
}
