//! What a node says of itself: how its replicas are, and what it uses.

use super::ClusterId;
use katakv_core::{EntryId, Epoch, Index, NodeId, Partition, Standing};
use serde::{Deserialize, Serialize};

/// What a node uses of its disk, and what it knows of the replicas that follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Its cluster.
    pub cluster: ClusterId,
    /// The node.
    pub node: NodeId,
    /// How many bytes the files of its WAL take.
    pub wal_bytes: u64,
    /// How many bytes the files of its store take.
    pub store_bytes: u64,
    /// How many bytes of its disk are free; `None` if the system does not say.
    pub free_bytes: Option<u64>,
    /// What it leads, in order.
    pub leads: Vec<Led>,
}

/// What a leader knows of its partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    /// The partition.
    pub partition: Partition,
    /// How many entries are durable here, not committed, and acknowledged to whoever has asked for level `leader`: what a failover may
    /// take back.
    pub unreplicated: u64,
    /// How far each follower is behind.
    pub behind: Vec<Behind>,
}

/// How far a follower is behind its leader's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// The follower.
    pub node: NodeId,
    /// How many entries it is not known to have on its disk.
    pub entries: u64,
    /// How many bytes of operations those have; at least, if the log does not hold all of them any more.
    pub bytes: u64,
}

/// A node's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Which node it is.
    pub node: NodeId,
    /// Its partitions, in order.
    pub partitions: Vec<PartitionStatus>,
}

/// A replica's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionStatus {
    /// The partition.
    pub partition: Partition,
    /// Its epoch.
    pub epoch: Epoch,
    /// Who leads, as far as it knows.
    pub leader: Option<NodeId>,
    /// Whether it leads and accepts writes.
    pub serving: bool,
    /// The last entry in its log.
    pub last: EntryId,
    /// How far its log is durable here.
    pub durable: Index,
    /// How far the log is known to be committed.
    pub commit: Index,
    /// The last entry applied.
    pub applied: EntryId,
    /// Whether it counts, or is being refilled.
    pub standing: Standing,
}
