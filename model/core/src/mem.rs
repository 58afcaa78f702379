//! The log and the store that the checker explores: small, ordinary values with `Clone`, `Eq` and `Hash`.

use crate::{Bytes, Entry, EntryId, Epoch, Index, Log, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A log in memory, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MemLog {
    entries: Vec<Entry>,
}

impl MemLog {
    /// Every entry, from index 1.
    pub fn all(&self) -> &[Entry] {
        &self.entries
    }
}

impl Log for MemLog {
    fn last(&self) -> EntryId {
        self.entries.last().map_or(EntryId::ZERO, |entry| entry.id)
    }

    fn epoch_at(&self, index: Index) -> Option<Epoch> {
        if index == Index::ZERO {
            Some(Epoch::ZERO)
        } else {
            self.entry(index).map(|entry| entry.id.epoch)
        }
    }

    fn last_of_epoch(&self, epoch: Epoch) -> Option<Index> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.id.epoch == epoch)
            .map(|entry| entry.id.index)
    }

    fn entry(&self, index: Index) -> Option<&Entry> {
        self.entries.get(index.0.checked_sub(1)? as usize)
    }

    fn entries_after(&self, after: Index, count_max: usize, bytes_max: usize) -> Vec<Entry> {
        let rest = self.entries.get(after.0 as usize..).unwrap_or_default();
        bounded(rest.iter(), count_max, bytes_max)
    }

    fn append(&mut self, entry: Entry) {
        assert_eq!(
            entry.id.index,
            self.last().index.next(),
            "entries are consecutive"
        );
        self.entries.push(entry);
    }

    fn truncate_after(&mut self, after: Index) {
        self.entries.truncate(after.0 as usize);
    }
}

/// The first of `entries` that fit both bounds, and at least one if there is one: an entry larger than the bound
/// travels alone rather than never.
pub fn bounded<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    count_max: usize,
    bytes_max: usize,
) -> Vec<Entry> {
    let mut bytes = 0;
    entries
        .take(count_max.max(1))
        .enumerate()
        .take_while(|(place, entry)| {
            bytes += entry.bytes();
            *place == 0 || bytes <= bytes_max
        })
        .map(|(_, entry)| entry.clone())
        .collect()
}

/// A store in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MemStore {
    applied: EntryId,
    data: BTreeMap<Bytes, Bytes>,
}

impl MemStore {
    /// A store that holds `data`, as of `applied`.
    pub fn new(applied: EntryId, data: BTreeMap<Bytes, Bytes>) -> MemStore {
        MemStore { applied, data }
    }

    /// All that it holds.
    pub fn data(&self) -> &BTreeMap<Bytes, Bytes> {
        &self.data
    }
}

impl Store for MemStore {
    fn applied(&self) -> EntryId {
        self.applied
    }

    fn apply(&mut self, entry: &Entry) {
        assert_eq!(
            entry.id.index,
            self.applied.index.next(),
            "entries are applied in order, each once"
        );
        match entry.payload.change() {
            None => {}
            Some((key, Some(value))) => {
                self.data.insert(key.clone(), value.clone());
            }
            Some((key, None)) => {
                self.data.remove(key);
            }
        }
        self.applied = entry.id;
    }

    fn get(&self, key: &Bytes) -> Option<Bytes> {
        self.data.get(key).cloned()
    }
}
