//! The embedded engine: one fjall database per node, and one keyspace in it.
//!
//! ```text
//!   [partition, 0]           the last entry that the partition has applied
//!   [partition, 1] key       its data: the version, 16 bytes, then the value
//!   [partition, 2] id        what its log has given up: the entry's id, 16 bytes that sort as ids do, and its payload
//!   [255]                    the format of all this, one byte, and whose store it is
//! ```
//! A keyspace is one LSM tree with one journal before it, so even a crash that loses the end of the journal takes
//! data and applied entries back to the same batch. Several keyspaces would be flushed each at its own time.

use super::error::StoreError;
use super::overlay::Batch;
use crate::codec;
use crate::wal::Identity;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use katakv_core::{Bytes, Entry, EntryId, Epoch, Index, Partition, Versioned};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The size at which the memtable goes to disk. A few of them wait for that at a time.
const MEMTABLE_BYTES_MAX: u64 = 16 << 20;

/// How much the engine's own journal may take; memtables go to disk early for it. The least that it allows is half.
const JOURNAL_BYTES_MAX: u64 = 128 << 20;

/// How long a key may be at most: the engine panics at a longer one.
pub const KEY_BYTES_MAX: usize = u16::MAX as usize - DATA_PREFIX_BYTES;

/// What stands before a key in the engine.
const DATA_PREFIX_BYTES: usize = 2;

/// How many files the engine keeps open for reading. Its default is most of what a process may have.
const OPEN_FILES_MAX: usize = 128;

/// The format that this build reads and makes. A store of another one is not opened.
const FORMAT: u8 = 1;

/// What stands before a value in the engine: epoch and index of its version, little endian.
const VERSION_BYTES: usize = 16;

const KEYSPACE: &str = "store";
/// The second byte of keys: what they are of a partition.
const APPLIED: u8 = 0;
const DATA: u8 = 1;
const QUARANTINE: u8 = 2;
/// No partition has this number.
const IDENTITY: [u8; 1] = [255];

/// The open database.
pub(super) struct Engine {
    dir: PathBuf,
    database: Database,
    keyspace: Keyspace,
}

impl Engine {
    pub(super) fn open(dir: &Path, identity: Identity) -> Result<Engine, StoreError> {
        let failed = |action| engine_error(dir, action);
        let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES_MAX);
        let database = Database::builder(dir)
            .max_cached_files(Some(OPEN_FILES_MAX))
            .max_journaling_size(JOURNAL_BYTES_MAX)
            .open()
            .map_err(failed("open the store"))?;
        let keyspace = database
            .keyspace(KEYSPACE, options)
            .map_err(failed("open the keyspace"))?;
        let engine = Engine {
            dir: dir.to_owned(),
            database,
            keyspace,
        };
        engine.check_identity(identity)?;
        Ok(engine)
    }

    /// A new store takes the identity; any other must have it already.
    fn check_identity(&self, expected: Identity) -> Result<(), StoreError> {
        let dir = self.dir.clone();
        match self.keyspace.get(IDENTITY).map_err(self.failed("read"))? {
            Some(found) => match found.split_first() {
                Some((&FORMAT, identity)) => match <[u8; 16]>::try_from(identity).map(Identity) {
                    Ok(found) if found == expected => Ok(()),
                    Ok(found) => Err(StoreError::WrongIdentity { dir, expected, found }),
                    Err(_) => Err(StoreError::NoIdentity { dir }),
                },
                _ => Err(StoreError::OtherFormat { dir }),
            },
            None if self.keyspace.is_empty().map_err(self.failed("read"))? => {
                self.keyspace
                    .insert(IDENTITY, [&[FORMAT], &expected.0[..]].concat())
                    .map_err(self.failed("insert"))?;
                self.sync()
            }
            None => Err(StoreError::NoIdentity { dir }),
        }
    }

    /// The last entry of a partition whose effect is here.
    pub(super) fn applied(&self, partition: Partition) -> Result<EntryId, StoreError> {
        let found = self
            .keyspace
            .get([partition.0, APPLIED])
            .map_err(self.failed("read"))?;
        found.map_or(Ok(EntryId::ZERO), |bytes| {
            codec::decode(&bytes).map_err(|source| StoreError::Damaged {
                dir: self.dir.clone(),
                partition,
                source,
            })
        })
    }

    pub(super) fn get(&self, partition: Partition, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        let found = self
            .keyspace
            .get(data_key(partition, key))
            .map_err(self.failed("read"))?;
        found.map(|found| self.versioned(partition, &found)).transpose()
    }

    fn versioned(&self, partition: Partition, found: &[u8]) -> Result<Versioned, StoreError> {
        let (version, value) =
            found
                .split_first_chunk::<VERSION_BYTES>()
                .ok_or_else(|| StoreError::NoVersion {
                    dir: self.dir.clone(),
                    partition,
                })?;
        let number = |half: &[u8]| half.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let (epoch, index) = version.split_at(VERSION_BYTES / 2);
        Ok(Versioned {
            value: Bytes::from(value),
            version: EntryId::new(Epoch(number(epoch)), Index(number(index))),
        })
    }

    /// Takes in the changes of all `batches` with their applied entries, atomically. Not synced.
    pub(super) fn commit(&self, batches: &[Batch]) -> Result<(), StoreError> {
        let mut batch = self.database.batch();
        for Batch {
            partition,
            changes,
            quarantined,
            applied,
        } in batches
        {
            for (key, change) in &**changes {
                let key = data_key(*partition, key);
                match change {
                    Some(found) => batch.insert(&self.keyspace, key, data(found)),
                    None => batch.remove(&self.keyspace, key),
                }
            }
            for (id, payload) in &**quarantined {
                let key = quarantine_key(*partition, *id);
                batch.insert(&self.keyspace, key, codec::encode(payload));
            }
            batch.insert(&self.keyspace, [partition.0, APPLIED], codec::encode(applied));
        }
        batch.commit().map_err(self.failed("commit a batch"))
    }

    /// Makes all that was committed durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.database
            .persist(PersistMode::SyncAll)
            .map_err(self.failed("sync"))
    }

    /// The entries in quarantine from `from` on, in order, each read when it is asked for.
    pub(super) fn quarantined(
        &self,
        partition: Partition,
        from: EntryId,
    ) -> impl Iterator<Item = Result<Entry, StoreError>> + '_ {
        let bounds = quarantine_key(partition, from)..[partition.0, QUARANTINE + 1].to_vec();
        self.keyspace.range(bounds).map(move |guard| {
            let (key, found) = guard.into_inner().map_err(self.failed("read"))?;
            let damaged = |source| StoreError::Damaged {
                dir: self.dir.clone(),
                partition,
                source,
            };
            Ok(Entry {
                id: id_of(&key),
                payload: codec::decode(&found).map_err(damaged)?,
            })
        })
    }

    /// All data of a partition.
    pub(super) fn dump(&self, partition: Partition) -> Result<BTreeMap<Bytes, Versioned>, StoreError> {
        let prefix = data_key(partition, &[]);
        self.keyspace
            .prefix(&prefix)
            .map(|guard| {
                let (key, found) = guard.into_inner().map_err(self.failed("read"))?;
                Ok((
                    Bytes::from(&key[prefix.len()..]),
                    self.versioned(partition, &found)?,
                ))
            })
            .collect()
    }

    fn failed(&self, action: &'static str) -> impl FnOnce(fjall::Error) -> StoreError {
        engine_error(&self.dir, action)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

/// For `map_err`.
fn engine_error(dir: &Path, action: &'static str) -> impl FnOnce(fjall::Error) -> StoreError {
    move |source| StoreError::Engine {
        action,
        dir: dir.to_owned(),
        source,
    }
}

fn data_key(partition: Partition, key: &[u8]) -> Vec<u8> {
    [&[partition.0, DATA], key].concat()
}

fn quarantine_key(partition: Partition, id: EntryId) -> Vec<u8> {
    let (epoch, index) = (id.epoch.0.to_be_bytes(), id.index.0.to_be_bytes());
    [&[partition.0, QUARANTINE], &epoch[..], &index[..]].concat()
}

/// The id in such a key.
fn id_of(key: &[u8]) -> EntryId {
    let number = |half: &[u8]| half.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (epoch, index) = key[DATA_PREFIX_BYTES..].split_at(VERSION_BYTES / 2);
    EntryId::new(Epoch(number(epoch)), Index(number(index)))
}

fn data(found: &Versioned) -> Vec<u8> {
    let EntryId { epoch, index } = found.version;
    [
        &epoch.0.to_le_bytes()[..],
        &index.0.to_le_bytes()[..],
        &found.value[..],
    ]
    .concat()
}
