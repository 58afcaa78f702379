//! The store of one partition, as the protocol sees it.

use super::engine::{Engine, Position};
use super::error::StoreError;
use super::image::{Images, StoreImage};
use super::overlay::Overlays;
use super::rows::Rows;
use super::scan::{ScanView, Views};
use super::staging::Staging;
use katakv_core::{
    Bytes, ClientChange, Clients, Deadlines, Entry, EntryId, Image, Op, Partition, Scan, ScanPage, Store,
    Versioned, bounded,
};
use std::sync::Arc;

/// Applies in memory, reads through to the engine. See the [module](super) for what it promises.
#[derive(Debug)]
pub struct PartitionStore {
    partition: Partition,
    position: Position,
    /// All of them: they are few, and asked for with each of their writes.
    clients: Clients,
    /// All of them: every change of a key may change one, and the next one is asked for again and again.
    deadlines: Deadlines,
    clock_ms: u64,
    engine: Arc<Engine>,
    overlays: Arc<Overlays>,
    images: Arc<Images>,
    views: Arc<Views>,
    staging: Staging,
}

impl PartitionStore {
    pub(super) fn new(
        partition: Partition,
        position: Position,
        overlays: &Arc<Overlays>,
        (images, views): (&Arc<Images>, &Arc<Views>),
        staging: &Staging,
    ) -> Result<PartitionStore, StoreError> {
        let engine = Arc::clone(&staging.engine);
        let mut store = PartitionStore {
            partition,
            position,
            clients: Clients::default(),
            deadlines: Deadlines::default(),
            clock_ms: 0,
            engine,
            overlays: Arc::clone(overlays),
            images: Arc::clone(images),
            views: Arc::clone(views),
            staging: staging.clone(),
        };
        store.load(position.generation)?;
        Ok(store)
    }

    /// Takes into memory what a state holds beside keys and values.
    fn load(&mut self, generation: u64) -> Result<(), StoreError> {
        let (snapshot, partition) = (self.engine.snapshot(), self.partition);
        self.clients = self.engine.clients(&snapshot, partition, generation)?;
        self.deadlines = self.engine.deadlines(&snapshot, partition, generation)?;
        self.clock_ms = self.engine.clock_ms(&snapshot, partition, generation)?;
        Ok(())
    }

    /// When which key goes.
    pub fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// The name of the state that it has installed last.
    pub fn generation(&self) -> u64 {
        self.position.generation
    }
}

impl Store for PartitionStore {
    fn applied(&self) -> EntryId {
        self.position.applied
    }

    fn apply(&mut self, id: EntryId, ops: &[Op], client: Option<ClientChange>, clock_ms: u64) {
        assert_eq!(
            id.index,
            self.position.applied.index.next(),
            "entries are applied in order, each once"
        );
        let mut rows = Rows::default();
        if let Some(change) = client {
            self.clients.apply(id, &change);
            let row = |client| (client, self.clients.get(client).cloned());
            rows.clients.extend(change.clients(id).map(row));
        }
        for op in ops {
            let (key, deadline_ms) = (op.key(), op.deadline_ms());
            if deadline_ms.is_none() && sabotaged!("store-keeps-a-deadline") {
                continue;
            }
            // Most keys have none, before and after.
            if self.deadlines.set(key, deadline_ms).is_some() || deadline_ms.is_some() {
                rows.deadlines.insert(key.clone(), deadline_ms);
            }
        }
        if clock_ms != self.clock_ms {
            self.clock_ms = clock_ms;
            rows.clock_ms = Some(clock_ms);
        }
        let kept = if sabotaged!("store-drops-second-change") {
            &ops[..ops.len().min(1)]
        } else {
            ops
        };
        self.overlays.add(self.partition, id, kept, rows);
        self.position.applied = id;
    }

    fn get(&self, key: &Bytes) -> Option<Versioned> {
        // Between the two looks a change can only move into the engine: it is committed there before it leaves the
        // overlay, and nobody applies meanwhile, since that takes `&mut self`.
        if let Some(change) = self.overlays.get(self.partition, key)
            && !sabotaged!("store-reads-past-overlay")
        {
            return change;
        }
        let found = self.engine.get(self.partition, self.position.generation, key);
        found.unwrap_or_else(|error| {
            // The protocol knows no failing store. Whoever drives it looks for a failure before anything leaves.
            self.overlays.fail(error);
            None
        })
    }

    /// What is on the page is read later, from a view that whoever drives the replica takes of the stores. Here it is empty.
    fn scan(&self, scan: &Scan) -> ScanPage {
        let of = (self.partition, self.position);
        let view = ScanView::take(&self.engine, &self.overlays, of, scan.clone());
        self.views.put(view);
        ScanPage::default()
    }

    fn clients(&self) -> &Clients {
        &self.clients
    }

    fn clock_ms(&self) -> u64 {
        self.clock_ms
    }

    fn first_deadline_ms(&self) -> Option<u64> {
        self.deadlines.first_ms()
    }

    fn due(&self, time_ms: u64, count_max: usize) -> Vec<Bytes> {
        self.deadlines.due(time_ms, count_max)
    }

    /// The newest state that the engine has, which is a little older than what is applied; by its name among the images.
    fn state(&self) -> (EntryId, Image) {
        match StoreImage::take(&self.engine, self.partition) {
            Ok(image) => (image.applied(), Image::Named(self.images.put(image))),
            Err(error) => {
                // As in `get`.
                self.overlays.fail(error);
                (self.position.applied, Image::Named(0))
            }
        }
    }

    /// The state was staged under its name, and is synced.
    fn install(&mut self, applied: EntryId, state: &Image) {
        assert!(
            applied.index > self.position.applied.index,
            "a store never goes back"
        );
        let Image::Named(generation) = *state else {
            unreachable!("states come into this store by staging");
        };
        let former = self.position.generation;
        self.position = Position { applied, generation };
        if let Err(error) = self.load(generation) {
            // As in `get`.
            self.overlays.fail(error);
        }
        self.overlays.install(self.partition, self.position);
        self.staging.discard(self.partition, former);
    }

    fn quarantine(&mut self, entries: Vec<Entry>) {
        self.overlays
            .quarantine(self.partition, self.position.applied, entries);
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
