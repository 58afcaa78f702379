//! A node's directory, made of a backup.

use super::files::{self, ItemsCrc};
use super::{BackupError, Manifest, PartitionManifest};
use crate::codec;
use crate::driver::{Driver, DriverConfig};
use crate::store::{StoreError, StoreImage, Stores};
use crate::wal::Wal;
use katakv_core::{Base, HardState, Image, Record, Snapshot};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Reads all of a backup, and compares it with its checksums.
///
/// # Errors
/// `Io`, or `Damaged` with what is wrong.
pub fn verify(backup: &Path) -> Result<Manifest, BackupError> {
    let manifest = Manifest::load(backup)?;
    for expected in &manifest.partitions {
        files::read(backup, expected, |_| Ok(()))?;
    }
    Ok(manifest)
}

/// Makes the directory of a node that has what the backup has, reads it back, and compares. `data` must not be there, or be
/// empty. The three nodes of a cluster are restored from the same backup; the cluster's id may be a new one, so that
/// sessions of the old cluster are told that this is another.
///
/// # Errors
/// [`BackupError`]; there is no directory then, or one that does not count: `data` with `.unfinished` behind its name.
pub fn restore(backup: &Path, data: &Path, config: DriverConfig) -> Result<Manifest, BackupError> {
    // All of it is read once before anything is made of it.
    let manifest = verify(backup)?;
    match fs::read_dir(data) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(BackupError::NotEmpty { dir: data.to_owned() });
            }
            fs::remove_dir(data).map_err(BackupError::io("replace", data))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(BackupError::io("list", data)(error)),
    }
    let mut unfinished = data.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = Path::new(&unfinished);
    if unfinished.exists() {
        fs::remove_dir_all(unfinished).map_err(BackupError::io("remove", unfinished))?;
    }
    fs::create_dir_all(unfinished).map_err(BackupError::io("create", unfinished))?;
    make(backup, &manifest, unfinished, config)?;
    compare(&manifest, unfinished, config)?;
    fs::rename(unfinished, data).map_err(BackupError::io("rename", unfinished))?;
    Ok(manifest)
}

/// Stages the states, and puts records into the log that tell the store to install them: what a follower does that is sent
/// a state.
fn make(backup: &Path, manifest: &Manifest, dir: &Path, config: DriverConfig) -> Result<(), BackupError> {
    let (stores, _partitions) = Stores::open(&dir.join("store"), config.identity())?;
    let staging = stores.staging();
    let mut records = Vec::new();
    for expected in held(manifest, config) {
        let (partition, name) = (expected.partition, staging.begin());
        let lineage = files::read(backup, expected, |items| Ok(staging.put(partition, name, items)?))?;
        if lineage.runs() == 0 {
            // Nothing was ever applied.
            continue;
        }
        let hard = HardState {
            epoch: expected.last.epoch,
            ..HardState::default()
        };
        let state = Image::Named(name);
        let record = Record {
            hard: Some(hard),
            base: Some(Base::Installed(Snapshot { lineage, state })),
            tail: None,
        };
        records.push((partition.0, codec::encode(&record)));
    }
    staging.sync()?;
    let (mut wal, _) = Wal::open(&dir.join("wal"), config.identity(), config.wal, |_, _, _| Ok(()))?;
    for (partition, record) in records {
        wal.append(partition, &record)?;
    }
    wal.sync()?;
    Ok(())
}

/// Opens the node as its first start will, and compares what it has.
fn compare(manifest: &Manifest, dir: &Path, config: DriverConfig) -> Result<(), BackupError> {
    let (driver, _wal) = Driver::open(dir, config, &mut Vec::new())?;
    let failed = |error: Arc<StoreError>| BackupError::Open(error.into());
    driver.settle().map_err(failed)?;
    for expected in held(manifest, config) {
        let image = driver.image(expected.partition).map_err(failed)?;
        if image.applied() != expected.last || !has_items(&image, expected)? {
            let partition = expected.partition;
            return Err(BackupError::Differs { partition });
        }
    }
    Ok(())
}

/// What of the backup the node holds.
fn held(manifest: &Manifest, config: DriverConfig) -> impl Iterator<Item = &PartitionManifest> {
    let is_held = move |of: &&PartitionManifest| config.placement.holds(config.id, of.partition);
    manifest.partitions.iter().filter(is_held)
}

fn has_items(image: &StoreImage, expected: &PartitionManifest) -> Result<bool, BackupError> {
    const PAGE_BYTES: usize = 1 << 20;
    let (mut found, mut after) = (ItemsCrc::default(), None);
    loop {
        let page = image.page(after.as_ref(), PAGE_BYTES)?;
        found.add(&page.items);
        if page.is_last {
            return Ok((found.items, found.crc) == (expected.items, expected.items_crc));
        }
        after = page.items.last().map(|(key, _)| key.clone());
    }
}
