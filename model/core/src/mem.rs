//! The log and the store that the checker explores: small, ordinary values with `Clone`, `Eq` and `Hash`.

use crate::{
    Bytes, ClientChange, Clients, Deadlines, Entry, EntryId, Epoch, Image, Index, Lineage, Log, Op, Scan,
    ScanPage, State, Store, Versioned,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A log in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MemLog {
    /// Of the entries that are compacted.
    base: Lineage,
    entries: Vec<Entry>,
}

impl MemLog {
    /// Every entry that it holds: from index 1, if nothing is compacted.
    pub fn all(&self) -> &[Entry] {
        &self.entries
    }

    /// How many of the entries that it holds are up to `index`, or would be; none at all if that is compacted.
    fn place(&self, index: Index) -> Option<usize> {
        let place = index.0.checked_sub(self.base.last().index.0)?;
        // An index beyond the address space is beyond the end of any log.
        Some(usize::try_from(place).unwrap_or(usize::MAX))
    }
}

impl Log for MemLog {
    fn last(&self) -> EntryId {
        self.entries.last().map_or(self.base.last(), |entry| entry.id)
    }

    fn epoch_at(&self, index: Index) -> Option<Epoch> {
        let compacted = self.base.epoch_at(index);
        compacted.or_else(|| self.entry(index).map(|entry| entry.id.epoch))
    }

    fn last_of_epoch(&self, epoch: Epoch) -> Option<Index> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.id.epoch == epoch)
            .map(|entry| entry.id.index)
            .or_else(|| self.base.last_of_epoch(epoch))
    }

    fn compacted(&self) -> EntryId {
        self.base.last()
    }

    fn lineage(&self, to: Index) -> Lineage {
        let mut lineage = self.base.clone();
        for entry in &self.entries {
            lineage.append(entry.id);
        }
        lineage.up_to(to)
    }

    fn entry(&self, index: Index) -> Option<&Entry> {
        self.entries.get(self.place(index)?.checked_sub(1)?)
    }

    fn entries_after(&self, after: Index, count_max: usize, bytes_max: usize) -> Vec<Entry> {
        let rest = self.place(after).and_then(|place| self.entries.get(place..));
        let rest = rest.unwrap_or_default();
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
        let kept = self.place(after).expect("what is compacted is not truncated");
        self.entries.truncate(kept);
    }

    fn rebase(&mut self, base: Lineage) {
        let last = base.last();
        let dropped = match self.place(last.index) {
            Some(dropped) if self.epoch_at(last.index) == Some(last.epoch) => dropped,
            _ => self.entries.len(),
        };
        self.entries.drain(..dropped);
        self.base = base;
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
    state: State,
    /// In the order of their ids.
    quarantine: Vec<Entry>,
}

impl MemStore {
    /// A store that holds `state`, as of `applied`, and these entries in quarantine, in the order of their ids.
    pub fn new(applied: EntryId, state: State, quarantine: Vec<Entry>) -> MemStore {
        MemStore {
            applied,
            state,
            quarantine,
        }
    }

    /// Its keys, values and versions.
    pub fn data(&self) -> &BTreeMap<Bytes, Versioned> {
        &self.state.data
    }

    /// All that it holds but for the quarantine.
    pub fn contents(&self) -> &State {
        &self.state
    }

    /// When which key goes.
    pub fn deadlines(&self) -> &Deadlines {
        &self.state.deadlines
    }

    /// All that it has in quarantine, in the order of the ids.
    pub fn in_quarantine(&self) -> &[Entry] {
        &self.quarantine
    }

    /// As [`Store::apply`], and tells of each change what it has replaced.
    pub fn apply_over(
        &mut self,
        id: EntryId,
        ops: &[Op],
        client: Option<ClientChange>,
        clock_ms: u64,
        mut replaced: impl FnMut(&Bytes, Option<Versioned>),
    ) {
        assert_eq!(
            id.index,
            self.applied.index.next(),
            "entries are applied in order, each once"
        );
        for op in ops {
            self.state.deadlines.apply(op);
            let before = match op {
                Op::Put { key, value } | Op::PutFor { key, value, .. } => {
                    let (value, version) = (value.clone(), id);
                    self.state.data.insert(key.clone(), Versioned { value, version })
                }
                Op::Delete { key } => self.state.data.remove(key),
            };
            replaced(op.key(), before);
        }
        if let Some(change) = client {
            self.state.clients.apply(id, &change);
        }
        self.state.clock_ms = clock_ms;
        self.applied = id;
    }
}

impl Store for MemStore {
    fn applied(&self) -> EntryId {
        self.applied
    }

    fn apply(&mut self, id: EntryId, ops: &[Op], client: Option<ClientChange>, clock_ms: u64) {
        self.apply_over(id, ops, client, clock_ms, |_, _| {});
    }

    fn get(&self, key: &Bytes) -> Option<Versioned> {
        self.state.data.get(key).cloned()
    }

    fn scan(&self, scan: &Scan) -> ScanPage {
        let from = scan
            .after
            .as_ref()
            .max(Some(&scan.prefix))
            .cloned()
            .unwrap_or_default();
        let keys = self.state.data.range(from..);
        let taken = keys
            .take_while(|(key, _)| key.starts_with(&scan.prefix))
            .filter(|(key, _)| scan.takes(key))
            .map(|(key, found)| (key.clone(), found.clone()));
        ScanPage::of(scan, taken)
    }

    fn clients(&self) -> &Clients {
        &self.state.clients
    }

    fn clock_ms(&self) -> u64 {
        self.state.clock_ms
    }

    fn first_deadline_ms(&self) -> Option<u64> {
        self.state.deadlines.first_ms()
    }

    fn due(&self, time_ms: u64, count_max: usize) -> Vec<Bytes> {
        self.state.deadlines.due(time_ms, count_max)
    }

    fn state(&self) -> (EntryId, Image) {
        (self.applied, Image::Whole(self.state.clone()))
    }

    fn install(&mut self, applied: EntryId, state: &Image) {
        assert!(applied.index > self.applied.index, "a store never goes back");
        let Image::Whole(state) = state else {
            panic!("a store in memory has no names for states");
        };
        self.applied = applied;
        self.state = state.clone();
    }

    fn quarantine(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            if let Err(place) = self.quarantine.binary_search_by_key(&entry.id, |known| known.id) {
                self.quarantine.insert(place, entry);
            }
        }
    }

    fn quarantined(&self, from: EntryId, count_max: usize, bytes_max: usize) -> Vec<Entry> {
        let place = self.quarantine.partition_point(|entry| entry.id < from);
        bounded(self.quarantine[place..].iter(), count_max, bytes_max)
    }
}
