//! Looking at a stopped node's disk: all that a start checks, and what a start has no time for.
//!
//! A start reads the whole log, and of the store only where each partition is. This reads every key as well, and
//! compares its version with the lineage: data of an entry that is not in the partition's history does not belong there.
//! Nothing of the log is changed. The store's engine opens its files as at any start.

use super::OpenError;
use super::open::Records;
use crate::store::{Checked, StoreError, Stores};
use crate::wal::{Identity, RecoveryReport, Wal, WalConfig};
use katakv_core::{EntryId, HardState, Limits, Log, Partition, RecoverError};
use std::path::Path;

/// What a disk holds.
#[derive(Debug)]
pub struct Inspection {
    /// Whose it is.
    pub identity: Identity,
    /// The log as a whole. It is intact, but for a torn tail that the next start cuts.
    pub wal: RecoveryReport,
    /// Each partition, in order.
    pub partitions: Vec<PartitionInspection>,
}

impl Inspection {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.partitions
            .iter()
            .all(|partition| partition.fault().is_none())
    }
}

/// What it holds of a partition.
#[derive(Debug)]
pub struct PartitionInspection {
    /// The partition.
    pub partition: Partition,
    /// The durable epoch and vote.
    pub hard: HardState,
    /// The last entry that is known by its lineage alone.
    pub compacted: EntryId,
    /// The log's last entry.
    pub last: EntryId,
    /// What the store has applied.
    pub applied: EntryId,
    /// What the store holds.
    pub store: Result<Checked, StoreError>,
    /// Whether log and store belong together.
    pub together: Result<(), RecoverError>,
}

impl PartitionInspection {
    /// What is wrong with it, in words.
    pub fn fault(&self) -> Option<String> {
        match (&self.together, &self.store) {
            (Err(error), _) => Some(error.to_string()),
            (_, Err(error)) => Some(error.to_string()),
            (_, Ok(Checked { foreign: 0, .. })) => None,
            (_, Ok(Checked { foreign, .. })) => Some(format!(
                "{foreign} keys have versions that are not in the partition's history"
            )),
        }
    }
}

/// Reads all that a stopped node has in `dir`.
///
/// # Errors
/// [`OpenError`]: what a start would fail with.
pub fn inspect(dir: &Path) -> Result<Inspection, OpenError> {
    let (wal, store) = (dir.join("wal"), dir.join("store"));
    for part in [&wal, &store] {
        if !part.is_dir() {
            return Err(OpenError::NotThere { dir: part.clone() });
        }
    }
    let identity = Wal::identity(&wal)?;
    let mut records = Records::new(Limits::default().quarantine);
    let replay = |lsn, tag, payload: &[u8]| records.replay(lsn, tag, payload);
    let scanned = Wal::scan(&wal, identity, WalConfig::default(), replay)?;
    let (stores, partitions) = Stores::open(&store, identity)?;
    let mut inspections = Vec::new();
    for ((partition, recovery), at) in Partition::all().zip(records.finish()).zip(partitions) {
        let applied = katakv_core::Store::applied(&at);
        let (hard, log) = recovery.state();
        let is_owned = |version: EntryId| {
            version.index <= applied.index && log.epoch_at(version.index) == Some(version.epoch)
        };
        let image = stores.image(partition)?;
        inspections.push(PartitionInspection {
            partition,
            hard,
            compacted: log.compacted(),
            last: log.last(),
            applied,
            store: image.check(is_owned),
            together: recovery.agrees_with(applied),
        });
    }
    Ok(Inspection {
        identity,
        wal: scanned.report().clone(),
        partitions: inspections,
    })
}
