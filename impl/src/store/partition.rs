//! The store of one partition, as the protocol sees it.

use super::engine::Engine;
use super::error::StoreError;
use super::overlay::Overlays;
use katakv_core::{Bytes, Entry, EntryId, Image, Op, Partition, State, Store, Versioned, bounded};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Applies in memory, reads through to the engine. See the [module](super) for what it promises.
#[derive(Debug)]
pub struct PartitionStore {
    partition: Partition,
    applied: EntryId,
    engine: Arc<Engine>,
    overlays: Arc<Overlays>,
}

impl PartitionStore {
    pub(super) fn new(
        partition: Partition,
        engine: Arc<Engine>,
        overlays: Arc<Overlays>,
    ) -> Result<PartitionStore, StoreError> {
        let applied = engine.applied(partition)?;
        Ok(PartitionStore {
            partition,
            applied,
            engine,
            overlays,
        })
    }
}

impl PartitionStore {
    fn data(&self) -> BTreeMap<Bytes, Versioned> {
        // A failure is told to whoever drives it, as in `get`.
        match self.overlays.settle() {
            Ok(()) => self.engine.dump(self.partition).unwrap_or_else(|error| {
                self.overlays.fail(error);
                BTreeMap::new()
            }),
            Err(_) => BTreeMap::new(),
        }
    }
}

impl Store for PartitionStore {
    fn applied(&self) -> EntryId {
        self.applied
    }

    fn apply(&mut self, id: EntryId, ops: &[Op]) {
        assert_eq!(
            id.index,
            self.applied.index.next(),
            "entries are applied in order, each once"
        );
        self.overlays.add(self.partition, id, ops);
        self.applied = id;
    }

    fn get(&self, key: &Bytes) -> Option<Versioned> {
        // Between the two looks a change can only move into the engine: it is committed there before it leaves the
        // overlay, and nobody applies meanwhile, since that takes `&mut self`.
        if let Some(change) = self.overlays.get(self.partition, key) {
            return change;
        }
        self.engine.get(self.partition, key).unwrap_or_else(|error| {
            // The protocol knows no failing store. Whoever drives it looks for a failure before anything leaves.
            self.overlays.fail(error);
            None
        })
    }

    /// It waits for the engine and takes the memory that the partition takes.
    fn state(&self) -> (EntryId, Image) {
        (self.applied, Image::Whole(State { data: self.data() }))
    }

    fn install(&mut self, applied: EntryId, state: &Image) {
        assert!(applied.index > self.applied.index, "a store never goes back");
        let Image::Whole(state) = state else {
            unreachable!("this store names no states");
        };
        // What is not in the state is removed. All of it moves in one batch, so a crash finds the old or the new.
        let mut changes: BTreeMap<_, _> = self.data().into_keys().map(|key| (key, None)).collect();
        let new = state
            .data
            .iter()
            .map(|(key, value)| (key.clone(), Some(value.clone())));
        changes.extend(new);
        self.overlays.add_all(self.partition, applied, changes);
        self.applied = applied;
    }

    fn quarantine(&mut self, entries: Vec<Entry>) {
        self.overlays.quarantine(self.partition, self.applied, entries);
    }

    fn quarantined(&self, from: EntryId, count_max: usize, bytes_max: usize) -> Vec<Entry> {
        // The overlay first, as in `get`: what has moved meanwhile is in both, and the same in both.
        let mut found = self.overlays.quarantined(self.partition, from);
        let mut bytes = 0;
        for entry in self.engine.quarantined(self.partition, from).take(count_max) {
            match entry {
                Ok(entry) if bytes <= bytes_max => {
                    bytes += entry.bytes();
                    found.insert(entry.id, entry.payload);
                }
                Ok(_) => break,
                Err(error) => {
                    self.overlays.fail(error);
                    break;
                }
            }
        }
        let entries: Vec<Entry> = found
            .into_iter()
            .map(|(id, payload)| Entry { id, payload })
            .collect();
        bounded(entries.iter(), count_max, bytes_max)
    }
}
