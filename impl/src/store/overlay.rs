//! What was applied and is not in the engine yet, for all partitions of the node.

use super::engine::Position;
use super::error::StoreError;
use super::rows::{CHANGE_OVERHEAD_BYTES, Rows};
use katakv_core::{Bytes, Entry, EntryId, Op, Partition, Payload, Versioned};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// What became of a key: its value and version, or `None` if it was removed.
pub(super) type Change = Option<Versioned>;

/// The changes of one partition that move at a time.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) partition: Partition,
    pub(super) changes: Arc<BTreeMap<Bytes, Change>>,
    pub(super) quarantined: Arc<BTreeMap<EntryId, Payload>>,
    pub(super) rows: Rows,
    pub(super) position: Position,
}

/// What the mover does at a time.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) batches: Vec<Batch>,
    /// Whether the engine is to be synced after it, and for whom.
    pub(super) sync: Option<SyncTicket>,
}

/// A sync of the engine that somebody wants.
#[derive(Clone, Copy, Debug)]
pub struct SyncTicket(u64);

/// How many syncs were wanted, and how many of them are done.
#[derive(Debug, Default)]
struct Syncs {
    wanted: u64,
    done: u64,
    /// The one that what was last put into quarantine has to wait for.
    quarantined: u64,
}

impl Syncs {
    fn is_wanted(&self) -> bool {
        self.done < self.wanted
    }
}

/// How long the mover lets changes gather, unless somebody waits. What changes again meanwhile moves once, as what is remembered of a client
/// does with each of its writes; and a batch of few costs about as much as one of many.
const GATHER: Duration = Duration::from_millis(100);

/// Shared by the stores, which put changes in, and the mover, which takes them out.
#[derive(Debug)]
pub(super) struct Overlays {
    state: Mutex<State>,
    /// There is something to move, or it is urgent, or it is time to end.
    to_move: Condvar,
    /// Something was moved, or the engine has failed.
    moved: Condvar,
    bytes_max: usize,
}

#[derive(Debug)]
struct State {
    partitions: Vec<Overlay>,
    /// Of everything that waits or moves.
    bytes: usize,
    /// How many callers wait for the mover.
    waiters: usize,
    syncs: Syncs,
    closed: bool,
    failure: Option<Arc<StoreError>>,
}

#[derive(Debug, Default)]
struct Overlay {
    /// Which generation `waiting` changes.
    generation: u64,
    waiting: BTreeMap<Bytes, Change>,
    /// What a log has given up, beside the data.
    quarantined: BTreeMap<EntryId, Payload>,
    rows: Rows,
    /// The last entry of `waiting`, if it has been added to since it was last taken.
    applied: Option<EntryId>,
    bytes: usize,
    moving: Arc<BTreeMap<Bytes, Change>>,
    moving_quarantined: Arc<BTreeMap<EntryId, Payload>>,
    moving_bytes: usize,
    moving_generation: u64,
}

impl Overlays {
    /// For partitions whose data is of these generations.
    pub(super) fn new(bytes_max: usize, generations: impl Iterator<Item = u64>) -> Overlays {
        let overlay = |generation| Overlay {
            generation,
            ..Overlay::default()
        };
        let state = State {
            partitions: generations.map(overlay).collect(),
            bytes: 0,
            waiters: 0,
            syncs: Syncs::default(),
            closed: false,
            failure: None,
        };
        Overlays {
            state: Mutex::new(state),
            to_move: Condvar::new(),
            moved: Condvar::new(),
            bytes_max,
        }
    }

    /// Adds what applying `applied` changed, all at once; a barrier changes nothing. Blocks while there is no room, unless the
    /// engine has failed: then the node is about to end, and must not hang instead.
    pub(super) fn add(&self, partition: Partition, applied: EntryId, ops: &[Op], rows: Rows) {
        let changes = ops.iter().map(|op| match op {
            Op::Put { key, value } | Op::PutFor { key, value, .. } => {
                let (value, version) = (value.clone(), applied);
                (key.clone(), Some(Versioned { value, version }))
            }
            Op::Delete { key } => (key.clone(), None),
        });
        self.put(partition, applied, |overlay| {
            let mut bytes = 0;
            // Counted even if it replaces another change of the key: it keeps the sum simple and the bound on the safe side.
            for (key, value) in changes {
                bytes += key.len() + value.as_ref().map_or(0, |found| found.value.len());
                overlay.waiting.insert(key, value);
            }
            bytes += rows.bytes();
            overlay.rows.extend(rows);
            bytes
        });
    }

    /// Adds entries that a log has given up; `applied` is as before. As [`Overlays::add`] otherwise. A sync that was wanted
    /// before is not done before they are synced, too: the records that tell of them are about to go.
    pub(super) fn quarantine(&self, partition: Partition, applied: EntryId, entries: Vec<Entry>) {
        self.put(partition, applied, |overlay| {
            let bytes = entries.iter().map(Entry::bytes).sum();
            let given = entries.into_iter().map(|entry| (entry.id, entry.payload));
            overlay.quarantined.extend(given);
            bytes
        });
        let SyncTicket(wanted) = self.want_sync();
        self.lock().syncs.quarantined = wanted;
    }

    /// Lets `add` put something in, and say how many bytes it has.
    fn put(&self, partition: Partition, applied: EntryId, add: impl FnOnce(&mut Overlay) -> usize) {
        let mut state = self.lock();
        if state.bytes >= self.bytes_max && state.failure.is_none() {
            tracing::warn!(bytes = state.bytes, "applying waits for the storage engine");
            state = self.wait_while(state, |state| state.bytes >= self.bytes_max);
        }
        let was_idle = state.bytes == 0;
        let overlay = &mut state.partitions[usize::from(partition.0)];
        // Even a barrier takes a place.
        let bytes = CHANGE_OVERHEAD_BYTES + add(overlay);
        overlay.bytes += bytes;
        overlay.applied = Some(applied);
        state.bytes += bytes;
        if was_idle {
            self.to_move.notify_one();
        }
    }

    /// The partition goes on with the data of another generation, as of `applied`. What waited was of the old one.
    pub(super) fn install(&self, partition: Partition, position: Position) {
        let mut state = self.lock();
        let overlay = &mut state.partitions[usize::from(partition.0)];
        let dropped = std::mem::replace(&mut overlay.bytes, CHANGE_OVERHEAD_BYTES);
        overlay.waiting.clear();
        overlay.rows = Rows::default();
        overlay.generation = position.generation;
        overlay.applied = Some(position.applied);
        state.bytes = state.bytes - dropped + CHANGE_OVERHEAD_BYTES;
        self.to_move.notify_one();
    }

    /// The newest change of `key` that is not in the engine. `None`: ask the engine.
    pub(super) fn get(&self, partition: Partition, key: &Bytes) -> Option<Change> {
        let state = self.lock();
        let overlay = &state.partitions[usize::from(partition.0)];
        let moving = || {
            let same = overlay.moving_generation == overlay.generation;
            overlay.moving.get(key).filter(|_| same)
        };
        overlay.waiting.get(key).or_else(moving).cloned()
    }

    /// The changes that are not in the engine, of keys from `from` on that begin with `prefix`.
    pub(super) fn changes(
        &self,
        partition: Partition,
        prefix: &Bytes,
        from: Bound<Bytes>,
    ) -> BTreeMap<Bytes, Change> {
        let state = self.lock();
        let overlay = &state.partitions[usize::from(partition.0)];
        let same = overlay.moving_generation == overlay.generation;
        // What waits is newer than what moves.
        let parts = [Some(&*overlay.moving).filter(|_| same), Some(&overlay.waiting)];
        let range = (from, Bound::Unbounded);
        let changes = parts.into_iter().flatten().flat_map(|part| {
            let keys = part.range(range.clone());
            keys.take_while(|(key, _)| key.starts_with(prefix))
        });
        changes
            .map(|(key, change)| (key.clone(), change.clone()))
            .collect()
    }

    /// What of the quarantine from `from` on is not in the engine.
    pub(super) fn quarantined(&self, partition: Partition, from: EntryId) -> BTreeMap<EntryId, Payload> {
        let state = self.lock();
        let overlay = &state.partitions[usize::from(partition.0)];
        let parts = [&overlay.quarantined, &*overlay.moving_quarantined];
        let entries = parts.into_iter().flat_map(|part| part.range(from..));
        entries.map(|(id, payload)| (*id, payload.clone())).collect()
    }

    /// Waits until nothing is left to move.
    pub(super) fn settle(&self) -> Result<(), Arc<StoreError>> {
        let state = self.wait_while(self.lock(), |state| state.bytes > 0);
        state.failure.clone().map_or(Ok(()), Err)
    }

    pub(super) fn failure(&self) -> Option<Arc<StoreError>> {
        self.lock().failure.clone()
    }

    /// Wants the engine synced, with all that was applied. [`Overlays::synced`] tells when that is done.
    pub(super) fn want_sync(&self) -> SyncTicket {
        let mut state = self.lock();
        state.syncs.wanted += 1;
        self.to_move.notify_one();
        SyncTicket(state.syncs.wanted)
    }

    /// Wants the engine synced, and waits for it; `false` if that will never be.
    pub(super) fn wait_for_sync(&self) -> bool {
        let SyncTicket(ticket) = self.want_sync();
        let state = self.wait_while(self.lock(), |state| state.syncs.done < ticket && !state.closed);
        state.syncs.done >= ticket
    }

    /// Whether what was wanted is done.
    pub(super) fn synced(&self, ticket: SyncTicket) -> bool {
        let syncs = &self.lock().syncs;
        syncs.done >= ticket.0.max(syncs.quarantined)
    }

    /// The mover's next work: what waits in each partition, and whether the engine is to be synced after it. `None` when it is over: when all is moved and no more comes,
    /// or when the engine has failed. A read that failed may have decided a condition, so what was applied after it
    /// must not become durable.
    pub(super) fn take(&self) -> Option<Work> {
        let mut state = self.lock();
        while state.bytes == 0 && !state.closed && state.failure.is_none() && !state.syncs.is_wanted() {
            state = self.to_move.wait(state).expect(UNPOISONED);
        }
        let enough = self.bytes_max / 2;
        let gathers = |state: &mut State| {
            state.waiters == 0 && !state.closed && state.bytes < enough && !state.syncs.is_wanted()
        };
        let (mut state, _) = self
            .to_move
            .wait_timeout_while(state, GATHER, gathers)
            .expect(UNPOISONED);
        if state.failure.is_some() {
            return None;
        }
        let batches: Vec<Batch> = Partition::all()
            .zip(&mut state.partitions)
            .filter_map(|(partition, overlay)| overlay.take(partition))
            .collect();
        let sync = state.syncs.is_wanted().then_some(SyncTicket(state.syncs.wanted));
        // Closed, and nothing left.
        (!batches.is_empty() || sync.is_some()).then_some(Work { batches, sync })
    }

    /// The engine has what was taken: reads find it there. If `sync` was wanted, its disk has it, too.
    pub(super) fn done(&self, sync: Option<SyncTicket>) {
        let mut state = self.lock();
        if let Some(SyncTicket(done)) = sync {
            state.syncs.done = done;
        }
        let mut moved = Vec::new();
        let mut bytes = 0;
        for overlay in &mut state.partitions {
            moved.push((
                std::mem::take(&mut overlay.moving),
                std::mem::take(&mut overlay.moving_quarantined),
            ));
            bytes += std::mem::take(&mut overlay.moving_bytes);
        }
        state.bytes -= bytes;
        self.moved.notify_all();
        drop(state);
        // Freeing many keys takes a while, in which the stores can go on.
        drop(moved);
    }

    /// The engine has failed. The first failure is the one that is told.
    pub(super) fn fail(&self, error: StoreError) {
        self.lock().failure.get_or_insert_with(|| Arc::new(error));
        self.moved.notify_all();
        self.to_move.notify_one();
    }

    /// No more work after what there is.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.to_move.notify_one();
        self.moved.notify_all();
    }

    /// Waits while `blocked`, and the engine works.
    fn wait_while<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        blocked: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        state.waiters += 1;
        self.to_move.notify_one();
        let mut state = self
            .moved
            .wait_while(state, |state| blocked(state) && state.failure.is_none())
            .expect(UNPOISONED);
        state.waiters -= 1;
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect(UNPOISONED)
    }
}

const UNPOISONED: &str = "nothing panics while it holds the overlays";

impl Overlay {
    fn take(&mut self, partition: Partition) -> Option<Batch> {
        let applied = self.applied.take()?;
        assert!(self.moving.is_empty(), "what moves is done before more is taken");
        self.moving = Arc::new(std::mem::take(&mut self.waiting));
        self.moving_quarantined = Arc::new(std::mem::take(&mut self.quarantined));
        self.moving_bytes = std::mem::take(&mut self.bytes);
        self.moving_generation = self.generation;
        let generation = self.generation;
        Some(Batch {
            partition,
            changes: Arc::clone(&self.moving),
            quarantined: Arc::clone(&self.moving_quarantined),
            rows: std::mem::take(&mut self.rows),
            position: Position { applied, generation },
        })
    }
}
