//! Coming back: the records of the log, folded partition by partition, and the store beside them.

use super::checkpoint::untag;
use super::limits::check_limits;
use super::{Driver, OpenError, Output, RecordError, Replica};
use crate::codec;
use crate::log::WalLog;
use crate::placement::Placement;
use crate::store::{PartitionStore, Stores};
use crate::wal::{Identity, Lsn, Refusal, Wal, WalConfig, WalError};
use crate::wire::ClusterId;
use katakv_core::{
    Config, Effect, Epoch, Limits, NodeId, PARTITIONS, Partition, Record, RecoverError, Recovery, Sound,
};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What a node is told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriverConfig {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Which node it is.
    pub id: NodeId,
    /// Which of the cluster's nodes hold which partition, this one some.
    pub placement: Placement,
    /// The bounds of each replica.
    pub limits: Limits,
    /// How the log lays out its files.
    pub wal: WalConfig,
}

impl DriverConfig {
    pub(super) fn check(&self) -> Result<(), OpenError> {
        if self.partitions().next().is_none() {
            return Err(OpenError::NoSuchNode(self.id));
        }
        Ok(check_limits(&self.limits)?)
    }

    /// The partitions that it holds, in order.
    pub fn partitions(&self) -> impl Iterator<Item = Partition> + use<> {
        self.placement.partitions_of(self.id)
    }

    /// What log and store of this node say about whose they are.
    pub fn identity(&self) -> Identity {
        let mut identity = [0; 16];
        identity[..8].copy_from_slice(&self.cluster.0.to_be_bytes());
        identity[8..12].copy_from_slice(&self.placement.checksum().to_be_bytes());
        identity[15] = self.id.0;
        Identity(identity)
    }
}

impl Driver {
    /// Opens the node in `dir`, or begins a new one there: the log in `wal`, the store in `store`. Appends to
    /// `outputs` the timers that are to be armed.
    ///
    /// The returned log is for the caller to append to: records reach it as [`Output::Append`].
    ///
    /// # Errors
    /// [`OpenError`]. The log is read and found good as a whole before the store is opened, and nothing of it is
    /// changed before the two are found to agree.
    pub fn open(
        dir: &Path,
        config: DriverConfig,
        outputs: &mut Vec<Output>,
    ) -> Result<(Driver, Wal), OpenError> {
        config.check()?;
        let failed = |source| OpenError::Directory {
            dir: dir.to_owned(),
            source,
        };
        create_directory(dir).map_err(failed)?;

        let mut records = Records::new(config.limits.quarantine);
        let scanned = Wal::scan(
            &dir.join("wal"),
            config.identity(),
            config.wal,
            |lsn, tag, payload| records.replay(lsn, tag, payload),
        );
        let scanned = scanned.map_err(|error| match error {
            WalError::WrongIdentity { expected, found, .. } if same_node(expected, found) => {
                OpenError::OtherPlacement { dir: dir.to_owned() }
            }
            error => error.into(),
        })?;
        let (stores, partitions) = Stores::open(&dir.join("store"), config.identity())?;
        let mut nodes = BTreeMap::new();
        for ((partition, recovery), store) in Partition::all().zip(records.finish()).zip(partitions) {
            if !config.placement.holds(config.id, partition) {
                continue;
            }
            let node = finish(config, partition, recovery, store, &stores, outputs).map_err(|source| {
                OpenError::Recover {
                    dir: dir.to_owned(),
                    partition,
                    source,
                }
            })?;
            nodes.insert(partition, node);
        }
        // A state that a record speaks of is installed by now, or installed again.
        stores.clean(|partition, name| nodes[&partition].store().generation() == name)?;
        // Only now is a torn tail cut: the store may have shown that what was torn had been synced.
        let (wal, report) = scanned.repair()?;
        tracing::info!(node = %config.id, records = report.last_lsn.0, dir = %dir.display(), "opened");
        let driver = Driver {
            cluster: config.cluster,
            id: config.id,
            nodes,
            stores: Arc::new(stores),
            received: Default::default(),
            effects: Vec::new(),
        };
        Ok((driver, wal))
    }
}

/// Whether two identities differ in the placement alone.
fn same_node(Identity(one): Identity, Identity(other): Identity) -> bool {
    let node = |identity: [u8; 16]| (identity[..8].to_owned(), identity[12..].to_owned());
    node(one) == node(other)
}

/// Creates the directory, and those above it that are missing, and makes their names durable: a vote must not be
/// lost with the directory that it is in.
pub(super) fn create_directory(dir: &Path) -> io::Result<()> {
    let parent = match dir.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Ok(()),
    };
    if !parent.exists() {
        create_directory(parent)?;
    }
    match fs::create_dir(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        // Even if it existed: who created it may have died before the parent was synced.
        _ => {}
    }
    File::open(parent)?.sync_all()
}

/// The records of a log, folded by partition.
#[derive(Debug)]
pub(super) struct Records {
    /// None before the first record.
    recoveries: Vec<Recovery<WalLog>>,
    quarantine: bool,
}

impl Records {
    /// `quarantine` as in [`Limits`].
    pub(super) fn new(quarantine: bool) -> Records {
        Records {
            recoveries: Vec::new(),
            quarantine,
        }
    }

    /// For [`Wal::scan`].
    pub(super) fn replay(&mut self, lsn: Lsn, tag: u8, payload: &[u8]) -> Result<(), Refusal> {
        if self.recoveries.is_empty() {
            self.begin(lsn == Lsn(1));
        }
        let refused = |error: RecordError| Refusal::from(error);
        let (partition, is_checkpoint) = untag(tag);
        let recovery = self
            .recoveries
            .get_mut(usize::from(partition))
            .ok_or_else(|| refused(RecordError::NoSuchPartition))?;
        let mut record: Record = codec::decode(payload).map_err(|error| refused(error.into()))?;
        if sabotaged!("stale-cached-vote")
            && let Some(hard) = &mut record.hard
        {
            hard.vote = recovery.state().0.vote;
        }
        let pushed = if is_checkpoint {
            recovery.push_checkpoint(record)
        } else {
            recovery.push(record)
        };
        pushed.map_err(|error| refused(error.into()))
    }

    /// What each partition's records amount to, in order.
    pub(super) fn finish(mut self) -> Vec<Recovery<WalLog>> {
        if self.recoveries.is_empty() {
            self.begin(true);
        }
        self.recoveries
    }

    /// Of a log of which nothing, or something, was purged.
    fn begin(&mut self, is_whole: bool) {
        let begin = if is_whole {
            Recovery::new
        } else {
            Recovery::after_purge
        };
        let recovery = |_| begin(WalLog::default(), self.quarantine);
        self.recoveries = (0..PARTITIONS).map(recovery).collect();
    }
}

fn finish(
    config: DriverConfig,
    partition: Partition,
    recovery: Recovery<WalLog>,
    store: PartitionStore,
    stores: &Stores,
    outputs: &mut Vec<Output>,
) -> Result<Replica, RecoverError> {
    let replicas = config.placement.replicas(partition);
    let config = Config::new(config.id, replicas, config.limits);
    let mut effects: Vec<Effect> = Vec::new();
    let node = recovery.finish(&Sound, config, store, &mut effects)?;
    if sabotaged!("timer-not-armed-after-a-restart") && node.epoch() > Epoch::ZERO {
        effects.retain(|effect| !matches!(effect, Effect::Arm(_)));
    }
    outputs.extend(
        effects
            .into_iter()
            .map(|effect| Output::of(partition, effect, stores)),
    );
    Ok(node)
}
