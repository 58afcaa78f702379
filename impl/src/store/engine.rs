//! The embedded engine: one fjall database per node, and one keyspace in it.
//!
//! ```text
//!   [partition, 0]                        its position: the last entry that it has applied, and its generation
//!   [partition, 1] generation [0] key     its data: the version, 16 bytes, then the value
//!   [partition, 1] generation [1] client  what is remembered of a client, by its name, 16 bytes that sort as ids do
//!   [partition, 2] id                     what its log has given up: the entry's id, 16 bytes that sort as ids do, and its payload
//!   [255]                                 the format of all this, one byte, and whose store it is
//! ```
//! A generation is 8 bytes, big endian. The position says which one the data is of; others are states that are coming in, or
//! garbage.
//!
//! A keyspace is one LSM tree with one journal before it, so even a crash that loses the end of the journal takes
//! data and applied entries back to the same batch. Several keyspaces would be flushed each at its own time.

use super::error::StoreError;
use super::image::{Item, Page};
use super::overlay::Batch;
use crate::codec::{self, DecodeError};
use crate::wal::Identity;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Slice, Snapshot};
use katakv_core::{Bytes, Client, Clients, Entry, EntryId, Epoch, Index, Partition, State, Versioned};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// The size at which the memtable goes to disk. A few of them wait for that at a time.
const MEMTABLE_BYTES_MAX: u64 = 16 << 20;

/// How much the engine's own journal may take; memtables go to disk early for it. The least that it allows is half.
const JOURNAL_BYTES_MAX: u64 = 128 << 20;

/// How long a key may be at most: the engine panics at a longer one.
pub const KEY_BYTES_MAX: usize = u16::MAX as usize - DATA_PREFIX_BYTES;

/// What stands before a key in the engine.
const DATA_PREFIX_BYTES: usize = STATE_PREFIX_BYTES + 1;

/// What stands before everything that is of one state.
const STATE_PREFIX_BYTES: usize = PREFIX_BYTES + 8;

/// What stands before everything that is of one partition, and what it is of it.
const PREFIX_BYTES: usize = 2;

/// How many files the engine keeps open for reading. Its default is most of what a process may have.
const OPEN_FILES_MAX: usize = 128;

/// The format that this build reads and makes. A store of another one is not opened.
const FORMAT: u8 = 2;

/// What stands before a value in the engine: epoch and index of its version, little endian.
const VERSION_BYTES: usize = 16;

const KEYSPACE: &str = "store";
/// The second byte of keys: what they are of a partition.
const POSITION: u8 = 0;
const STATE: u8 = 1;
const QUARANTINE: u8 = 2;
/// The first byte after a generation: what it is of the state.
const DATA: u8 = 0;
const CLIENT: u8 = 1;
/// No partition has this number.
const IDENTITY: [u8; 1] = [255];

/// Where a partition is: what it has applied, and which generation its data is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) applied: EntryId,
    pub(super) generation: u64,
}

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

    /// Where a partition is.
    pub(super) fn position(&self, partition: Partition) -> Result<Position, StoreError> {
        let found = self.keyspace.get([partition.0, POSITION]);
        self.decode_position(partition, found.map_err(self.failed("read"))?)
    }

    /// Where it was when `snapshot` was taken.
    pub(super) fn position_in(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
    ) -> Result<Position, StoreError> {
        let found = snapshot.get(&self.keyspace, [partition.0, POSITION]);
        self.decode_position(partition, found.map_err(self.failed("read"))?)
    }

    fn decode_position(&self, partition: Partition, found: Option<Slice>) -> Result<Position, StoreError> {
        found.map_or(Ok(Position::default()), |bytes| {
            codec::decode(&bytes).map_err(|source| self.damaged(partition, source))
        })
    }

    fn damaged(&self, partition: Partition, source: DecodeError) -> StoreError {
        StoreError::Damaged {
            dir: self.dir.clone(),
            partition,
            source,
        }
    }

    /// All that there is, as of now.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.database.snapshot()
    }

    pub(super) fn get(
        &self,
        partition: Partition,
        generation: u64,
        key: &[u8],
    ) -> Result<Option<Versioned>, StoreError> {
        let found = self
            .keyspace
            .get(data_key(partition, generation, key))
            .map_err(self.failed("read"))?;
        found.map(|found| self.versioned(partition, &found)).transpose()
    }

    /// The keys from `from` on that begin with `prefix`, in order, each read when it is asked for.
    pub(super) fn keys(
        &self,
        partition: Partition,
        generation: u64,
        prefix: &Bytes,
        from: Bound<Bytes>,
    ) -> impl Iterator<Item = Result<(Bytes, Versioned), StoreError>> + use<'_> {
        let from = from.map(|key| data_key(partition, generation, &key));
        let end = Bound::Excluded([&state_key(partition, generation)[..], &[DATA + 1]].concat());
        let prefix = prefix.clone();
        let rows = self.keyspace.range((from, end)).map(move |guard| {
            let (key, found) = guard.into_inner().map_err(self.failed("read"))?;
            let key = Bytes::from(&key[DATA_PREFIX_BYTES..]);
            Ok((key, self.versioned(partition, &found)?))
        });
        rows.take_while(move |row| row.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix)))
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

    /// The version of an item of a state.
    pub(super) fn version(
        &self,
        partition: Partition,
        key: &[u8],
        found: &[u8],
    ) -> Result<EntryId, StoreError> {
        match key.split_first() {
            Some((&DATA, _)) => Ok(self.versioned(partition, found)?.version),
            // A client is called as the entry that has registered it.
            Some((&CLIENT, name)) if let Some(name) = name_of(name) => Ok(name),
            _ => Err(StoreError::Item {
                bytes: key.len() + found.len(),
            }),
        }
    }

    /// Takes in the changes of all `batches` with their applied entries, atomically. Not synced.
    pub(super) fn commit(&self, batches: &[Batch]) -> Result<(), StoreError> {
        let mut batch = self.database.batch();
        for Batch {
            partition,
            changes,
            quarantined,
            clients,
            position,
        } in batches
        {
            for (key, change) in &**changes {
                let key = data_key(*partition, position.generation, key);
                match change {
                    Some(found) => batch.insert(&self.keyspace, key, data(found)),
                    None => batch.remove(&self.keyspace, key),
                }
            }
            for (id, payload) in &**quarantined {
                let key = quarantine_key(*partition, *id);
                batch.insert(&self.keyspace, key, codec::encode(payload));
            }
            for (client, row) in clients {
                let key = client_key(*partition, position.generation, *client);
                match row {
                    Some(row) => batch.insert(&self.keyspace, key, codec::encode(row)),
                    None => batch.remove(&self.keyspace, key),
                }
            }
            batch.insert(&self.keyspace, [partition.0, POSITION], codec::encode(position));
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
            let damaged = |source| self.damaged(partition, source);
            Ok(Entry {
                id: id_of(&key),
                payload: codec::decode(&found).map_err(damaged)?,
            })
        })
    }

    /// All that a state holds, as of `snapshot`.
    pub(super) fn dump(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
    ) -> Result<State, StoreError> {
        Ok(State {
            data: self.data(snapshot, partition, generation)?,
            clients: self.clients(snapshot, partition, generation)?,
        })
    }

    /// What a state remembers of clients, as of `snapshot`.
    pub(super) fn clients(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
    ) -> Result<Clients, StoreError> {
        let mut prefix = state_key(partition, generation);
        prefix.push(CLIENT);
        let rows = snapshot.prefix(&self.keyspace, &prefix).map(|guard| {
            let (key, row) = guard.into_inner().map_err(self.failed("read"))?;
            let name = name_of(&key[prefix.len()..]).ok_or(StoreError::Item { bytes: key.len() })?;
            let damaged = |source| self.damaged(partition, source);
            Ok((name, codec::decode::<Client>(&row).map_err(damaged)?))
        });
        rows.collect::<Result<_, _>>().map(Clients::new)
    }

    fn data(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
    ) -> Result<BTreeMap<Bytes, Versioned>, StoreError> {
        let prefix = data_key(partition, generation, &[]);
        snapshot
            .prefix(&self.keyspace, &prefix)
            .map(|guard| {
                let (key, found) = guard.into_inner().map_err(self.failed("read"))?;
                Ok((
                    Bytes::from(&key[prefix.len()..]),
                    self.versioned(partition, &found)?,
                ))
            })
            .collect()
    }

    /// Some of a state's items, as of `snapshot`: those after the key `after`, up to the first that exceeds `bytes_max`.
    pub(super) fn page(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
        after: Option<&Bytes>,
        bytes_max: usize,
    ) -> Result<Page, StoreError> {
        let prefix = state_key(partition, generation);
        // The prefix itself is no key.
        let after = [&prefix[..], after.map_or(&[][..], |key| key)].concat();
        let range = (
            Bound::Excluded(after),
            Bound::Excluded(state_end(partition, generation)),
        );
        let mut page = Page {
            items: Vec::new(),
            is_last: false,
        };
        let mut bytes = 0;
        for guard in snapshot.range(&self.keyspace, range) {
            let (key, found) = guard.into_inner().map_err(self.failed("read"))?;
            bytes += key.len() + found.len();
            let key = Bytes::from(&key[prefix.len()..]);
            page.items.push((key, Bytes::from(&found[..])));
            if bytes > bytes_max {
                return Ok(page);
            }
        }
        page.is_last = true;
        Ok(page)
    }

    /// Adds items to a state that is coming in. Not synced.
    pub(super) fn stage(
        &self,
        partition: Partition,
        generation: u64,
        items: &[Item],
    ) -> Result<(), StoreError> {
        let prefix = state_key(partition, generation);
        let mut batch = self.database.batch();
        for (key, found) in items {
            let is_data =
                key.first() == Some(&DATA) && key.len() <= KEY_BYTES_MAX + 1 && found.len() >= VERSION_BYTES;
            if !is_data && !is_client(key, found) {
                return Err(StoreError::Item {
                    bytes: key.len() + found.len(),
                });
            }
            batch.insert(&self.keyspace, [&prefix[..], key].concat(), &found[..]);
        }
        batch.commit().map_err(self.failed("commit a batch"))
    }

    /// The generations that a partition has data of.
    pub(super) fn generations(&self, partition: Partition) -> Result<Vec<u64>, StoreError> {
        let mut generations = Vec::new();
        let mut from = state_key(partition, 0);
        loop {
            let range = (
                Bound::Included(from),
                Bound::Excluded(vec![partition.0, STATE + 1]),
            );
            let Some(guard) = self.keyspace.range(range).next() else {
                return Ok(generations);
            };
            let key = guard.key().map_err(self.failed("read"))?;
            let Some((generation, _)) = key[PREFIX_BYTES..].split_first_chunk() else {
                return Ok(generations);
            };
            let generation = u64::from_be_bytes(*generation);
            generations.push(generation);
            from = state_end(partition, generation);
        }
    }

    /// Removes up to `count` keys of a state, those after `after`; returns the last of them, if there was any.
    pub(super) fn remove_page(
        &self,
        partition: Partition,
        generation: u64,
        after: &[u8],
        count: usize,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let from = if after.is_empty() {
            state_key(partition, generation)
        } else {
            after.to_vec()
        };
        let range = (
            Bound::Excluded(from),
            Bound::Excluded(state_end(partition, generation)),
        );
        let mut batch = self.database.batch();
        let mut last = None;
        for guard in self.keyspace.range(range).take(count) {
            let key = guard.key().map_err(self.failed("read"))?;
            last = Some(key.to_vec());
            batch.remove(&self.keyspace, key);
        }
        if last.is_some() {
            batch.commit().map_err(self.failed("commit a batch"))?;
        }
        Ok(last)
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

/// What stands before every key of a state.
fn state_key(partition: Partition, generation: u64) -> Vec<u8> {
    [&[partition.0, STATE][..], &generation.to_be_bytes()].concat()
}

/// What comes after every key of a state.
fn state_end(partition: Partition, generation: u64) -> Vec<u8> {
    match generation.checked_add(1) {
        Some(next) => state_key(partition, next),
        None => vec![partition.0, STATE + 1],
    }
}

fn data_key(partition: Partition, generation: u64, key: &[u8]) -> Vec<u8> {
    let mut data_key = state_key(partition, generation);
    data_key.push(DATA);
    data_key.extend_from_slice(key);
    data_key
}

fn client_key(partition: Partition, generation: u64, client: EntryId) -> Vec<u8> {
    let (epoch, index) = (client.epoch.0.to_be_bytes(), client.index.0.to_be_bytes());
    [&state_key(partition, generation)[..], &[CLIENT], &epoch, &index].concat()
}

/// The name in the end of such a key.
fn name_of(name: &[u8]) -> Option<EntryId> {
    let (epoch, index) = name.split_first_chunk::<8>()?;
    let index = <[u8; 8]>::try_from(index).ok()?;
    let (epoch, index) = (u64::from_be_bytes(*epoch), u64::from_be_bytes(index));
    Some(EntryId::new(Epoch(epoch), Index(index)))
}

/// Whether an item of a state that comes in is what another store remembers of a client.
fn is_client(key: &[u8], found: &[u8]) -> bool {
    let named = key
        .split_first()
        .is_some_and(|(kind, name)| *kind == CLIENT && name_of(name).is_some());
    named && codec::decode::<Client>(found).is_ok()
}

fn quarantine_key(partition: Partition, id: EntryId) -> Vec<u8> {
    let (epoch, index) = (id.epoch.0.to_be_bytes(), id.index.0.to_be_bytes());
    [&[partition.0, QUARANTINE], &epoch[..], &index[..]].concat()
}

/// The id in such a key.
fn id_of(key: &[u8]) -> EntryId {
    let number = |half: &[u8]| half.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (epoch, index) = key[PREFIX_BYTES..].split_at(VERSION_BYTES / 2);
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
