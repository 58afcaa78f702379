//! The embedded engine: one fjall database per node, and one keyspace in it.
//!
//! A keyspace is one LSM tree with one journal before it, so even a crash that loses the end of the journal takes
//! data and applied entries back to the same batch. Several keyspaces would be flushed each at its own time. What is in it is laid out in
//! `layout.rs`; states as a whole are the affair of `generations.rs`.

use super::error::StoreError;
use super::layout::{
    DATA_PREFIX_BYTES, FORMAT, IDENTITY, client_key, clock_key, data, data_end, data_key, deadline_key,
    id_of, position_key, quarantine_end, quarantine_key, time, versioned,
};
use super::overlay::Batch;
use crate::codec::{self, DecodeError};
use crate::wal::Identity;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Slice, Snapshot};
use katakv_core::{Bytes, Entry, EntryId, Partition, Versioned};
use serde::{Deserialize, Serialize};
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// The size at which the memtable goes to disk. A few of them wait for that at a time.
const MEMTABLE_BYTES_MAX: u64 = 16 << 20;

/// How much the engine's own journal may take; memtables go to disk early for it. The least that it allows is half.
const JOURNAL_BYTES_MAX: u64 = 128 << 20;

/// How many files the engine keeps open for reading. Its default is most of what a process may have.
const OPEN_FILES_MAX: usize = 128;

const KEYSPACE: &str = "store";

/// Where a partition is: what it has applied, and which generation its data is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) applied: EntryId,
    pub(super) generation: u64,
}

/// The open database.
pub(super) struct Engine {
    dir: PathBuf,
    pub(super) database: Database,
    pub(super) keyspace: Keyspace,
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
        let found = self.keyspace.get(position_key(partition));
        self.decode_position(partition, found.map_err(self.failed("read"))?)
    }

    /// Where it was when `snapshot` was taken.
    pub(super) fn position_in(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
    ) -> Result<Position, StoreError> {
        let found = snapshot.get(&self.keyspace, position_key(partition));
        self.decode_position(partition, found.map_err(self.failed("read"))?)
    }

    fn decode_position(&self, partition: Partition, found: Option<Slice>) -> Result<Position, StoreError> {
        found.map_or(Ok(Position::default()), |bytes| {
            codec::decode(&bytes).map_err(|source| self.damaged(partition, source))
        })
    }

    pub(super) fn damaged(&self, partition: Partition, source: DecodeError) -> StoreError {
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

    /// The keys from `from` on that begin with `prefix`, as of `snapshot`, in order, each read when it is asked for.
    pub(super) fn keys(
        &self,
        snapshot: &Snapshot,
        (partition, generation): (Partition, u64),
        prefix: &Bytes,
        from: Bound<Bytes>,
    ) -> impl Iterator<Item = Result<(Bytes, Versioned), StoreError>> + use<'_> {
        let from = from.map(|key| data_key(partition, generation, &key));
        let end = Bound::Excluded(data_end(partition, generation));
        let prefix = prefix.clone();
        let rows = snapshot.range(&self.keyspace, (from, end)).map(move |guard| {
            let (key, found) = guard.into_inner().map_err(self.failed("read"))?;
            let key = Bytes::from(&key[DATA_PREFIX_BYTES..]);
            Ok((key, self.versioned(partition, &found)?))
        });
        rows.take_while(move |row| row.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix)))
    }

    pub(super) fn versioned(&self, partition: Partition, found: &[u8]) -> Result<Versioned, StoreError> {
        versioned(found).ok_or_else(|| StoreError::NoVersion {
            dir: self.dir.clone(),
            partition,
        })
    }

    /// Takes in the changes of all `batches` with their applied entries, atomically. Not synced.
    pub(super) fn commit(&self, batches: &[Batch]) -> Result<(), StoreError> {
        let mut batch = self.database.batch();
        for Batch {
            partition,
            changes,
            quarantined,
            rows,
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
            for (client, row) in &rows.clients {
                let key = client_key(*partition, position.generation, *client);
                match row {
                    Some(row) => batch.insert(&self.keyspace, key, codec::encode(row)),
                    None => batch.remove(&self.keyspace, key),
                }
            }
            for (key, deadline_ms) in &rows.deadlines {
                let key = deadline_key(*partition, position.generation, key);
                match deadline_ms {
                    Some(deadline_ms) => batch.insert(&self.keyspace, key, time(*deadline_ms)),
                    None => batch.remove(&self.keyspace, key),
                }
            }
            if let Some(clock_ms) = rows.clock_ms {
                let key = clock_key(*partition, position.generation);
                batch.insert(&self.keyspace, key, time(clock_ms));
            }
            batch.insert(&self.keyspace, position_key(*partition), codec::encode(position));
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
        let bounds = quarantine_key(partition, from)..quarantine_end(partition);
        self.keyspace.range(bounds).map(move |guard| {
            let (key, found) = guard.into_inner().map_err(self.failed("read"))?;
            let damaged = |source| self.damaged(partition, source);
            Ok(Entry {
                id: id_of(&key),
                payload: codec::decode(&found).map_err(damaged)?,
            })
        })
    }

    pub(super) fn failed(&self, action: &'static str) -> impl FnOnce(fjall::Error) -> StoreError {
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
