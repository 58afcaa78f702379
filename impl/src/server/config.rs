//! What a server is told once.

use super::error::ServeError;
use crate::driver::{DriverConfig, limits};
use crate::placement::Nodes;
use crate::tap::RecordConfig;
use crate::wal::WalConfig;
use crate::wire::ClusterId;
use katakv_core::{Limits, NodeId, PARTITIONS, Partition};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// See [`ServerConfig::checkpoint_bytes`].
pub const CHECKPOINT_BYTES: u64 = 64 << 20;
/// See [`ServerConfig::disk_reserve_bytes`].
pub const DISK_RESERVE_BYTES: u64 = 256 << 20;

/// See [`ServerConfig::lives_max`].
pub const LIVES_MAX: u32 = 100_000;

/// How many owners a node has if nobody says: one for every two cores, and at most one for each partition. The other cores
/// are for the log, the sockets and the storage engine.
pub fn owners_by_cores() -> NonZeroUsize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let half = NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN);
    half.min(OWNERS_MAX)
}

/// More than one for each partition would have nothing to do.
pub const OWNERS_MAX: NonZeroUsize = NonZeroUsize::new(PARTITIONS as usize).expect("there are partitions");

/// The configuration of one node.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Which of `nodes` it is.
    pub id: NodeId,
    /// The cluster's nodes; each serves peers and clients on one port.
    pub nodes: Nodes,
    /// Its data directory, which no other node has.
    pub data: PathBuf,
    /// Where operators' tools find `/metrics`, `/livez` and `/readyz` over HTTP, if anywhere.
    pub http: Option<SocketAddr>,
    /// How long its timers run.
    pub timing: Timing,
    /// Among how many threads the partitions are divided; at most one for each. See [`owners_by_cores`].
    pub owners: NonZeroUsize,
    /// The bounds of each replica.
    pub limits: Limits,
    /// How many keys of a partition may have a time to live, as long as this node leads it. They are known in memory, about 100 bytes and
    /// the key each. 100,000 by default.
    pub lives_max: u32,
    /// How the log lays out its files.
    pub wal: WalConfig,
    /// How many bytes of records come between two checkpoints of the log. It takes about twice as many on the disk, and as
    /// many in memory. 64 MiB by default.
    pub checkpoint_bytes: u64,
    /// Whether what the node is given and does is recorded.
    pub record: Option<RecordConfig>,
    /// While less than this is free on the disk, the node takes no writes. 256 MiB by default.
    pub disk_reserve_bytes: u64,
}

/// How long the timers of a replica run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How often a leader is heard at least.
    pub heartbeat: Duration,
    /// A follower that hears no leader campaigns after a random time between this and `election_max`, drawn anew
    /// each time. Several heartbeats long, or a lost one would start an election.
    pub election_min: Duration,
    /// See `election_min`. The wider the range, the rarer are two campaigns at once.
    pub election_max: Duration,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            heartbeat: Duration::from_millis(50),
            election_min: Duration::from_millis(200),
            election_max: Duration::from_millis(400),
        }
    }
}

impl ServerConfig {
    /// The defaults for everything that has one.
    pub fn new(cluster: ClusterId, id: NodeId, nodes: impl Into<Nodes>, data: PathBuf) -> ServerConfig {
        ServerConfig {
            cluster,
            id,
            nodes: nodes.into(),
            data,
            http: None,
            timing: Timing::default(),
            owners: owners_by_cores(),
            limits: Limits::default(),
            lives_max: LIVES_MAX,
            wal: WalConfig::default(),
            checkpoint_bytes: CHECKPOINT_BYTES,
            record: None,
            disk_reserve_bytes: DISK_RESERVE_BYTES,
        }
    }

    /// What the driver checks is not checked here.
    pub(super) fn check(&self) -> Result<(), ServeError> {
        self.own_addr()?;
        let Timing {
            heartbeat,
            election_min,
            election_max,
        } = self.timing;
        if heartbeat.is_zero() || heartbeat >= election_min || election_min >= election_max {
            return Err(ServeError::Timing(self.timing));
        }
        if self.owners > OWNERS_MAX {
            return Err(ServeError::Owners(self.owners));
        }
        // Any record has to fit a segment, or it would end the node when it comes. The rest is for headers.
        let segment_bytes_min = 2 * limits::RECORD_BYTES_MAX as u64;
        if self.wal.segment_bytes < segment_bytes_min {
            return Err(ServeError::SegmentBytes {
                segment_bytes: self.wal.segment_bytes,
                min: segment_bytes_min,
            });
        }
        Ok(())
    }

    pub(super) fn own_addr(&self) -> Result<SocketAddr, ServeError> {
        self.nodes
            .addresses
            .get(usize::from(self.id.0))
            .copied()
            .ok_or(ServeError::NoSuchNode(self.id))
    }

    /// Whether it holds `partition`.
    pub(super) fn holds(&self, partition: Partition) -> bool {
        self.nodes.placement.holds(self.id, partition)
    }

    /// The other nodes that hold something which this one holds.
    pub(super) fn peers(&self) -> impl Iterator<Item = (NodeId, SocketAddr)> {
        let peers = self.nodes.placement.peers_of(self.id);
        peers.filter_map(|peer| Some((peer, *self.nodes.addresses.get(usize::from(peer.0))?)))
    }

    /// What the driver needs to know of it.
    pub fn driver(&self) -> DriverConfig {
        DriverConfig {
            cluster: self.cluster,
            id: self.id,
            placement: self.nodes.placement,
            limits: self.limits,
            wal: self.wal,
        }
    }
}
