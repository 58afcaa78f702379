//! States that leave the store, page by page: a state need not fit memory, let alone a message.

use super::engine::{Engine, Position};
use super::error::StoreError;
use fjall::Snapshot;
use katakv_core::{Bytes, EntryId, Partition, State};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

/// A key and what the engine keeps under it. What they say is the store's own affair; another store takes them as they
/// are.
pub type Item = (Bytes, Bytes);

/// Some of a state's items, in their order.
#[derive(Clone, Debug)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// Whether there are no more.
    pub is_last: bool,
}

/// How much is read at a time.
const CHECK_BYTES: usize = 1 << 20;

/// What a state holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many keys.
    pub keys: u64,
    /// Their bytes, and those of what the engine keeps under them.
    pub bytes: u64,
    /// How many of them have a version that does not belong there.
    pub foreign: u64,
}

/// A partition's state as of one moment, whatever is applied meanwhile. The engine keeps what has changed since for as long
/// as this is held.
#[derive(Clone)]
pub struct StoreImage {
    engine: Arc<Engine>,
    snapshot: Snapshot,
    partition: Partition,
    position: Position,
}

impl StoreImage {
    /// The newest state that the engine has.
    pub(super) fn take(engine: &Arc<Engine>, partition: Partition) -> Result<StoreImage, StoreError> {
        let snapshot = engine.snapshot();
        let position = engine.position_in(&snapshot, partition)?;
        Ok(StoreImage {
            engine: Arc::clone(engine),
            snapshot,
            partition,
            position,
        })
    }

    /// The entry as of which it is.
    pub fn applied(&self) -> EntryId {
        self.position.applied
    }

    /// All of it. For comparing it with the checker's; it takes the memory that the state takes.
    ///
    /// # Errors
    /// The engine's failure.
    pub fn dump(&self) -> Result<State, StoreError> {
        let generation = self.position.generation;
        self.engine.dump(&self.snapshot, self.partition, generation)
    }

    /// Reads every item, and counts the keys of which `is_owned` says that their version is foreign.
    ///
    /// # Errors
    /// The engine's failure, or an item that is none.
    pub fn check(&self, is_owned: impl Fn(EntryId) -> bool) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        let mut after = None;
        loop {
            let page = self.page(after.as_ref(), CHECK_BYTES)?;
            for (key, found) in &page.items {
                let version = self.engine.version(self.partition, key, found)?;
                checked.keys += 1;
                checked.bytes += (key.len() + found.len()) as u64;
                checked.foreign += u64::from(version.is_some_and(|version| !is_owned(version)));
            }
            if page.is_last {
                return Ok(checked);
            }
            after = page.items.last().map(|(key, _)| key.clone());
        }
    }

    /// The items after the key `after`, or the first ones: as many as fit `bytes_max`, and one more.
    ///
    /// # Errors
    /// The engine's failure.
    pub fn page(&self, after: Option<&Bytes>, bytes_max: usize) -> Result<Page, StoreError> {
        let generation = self.position.generation;
        self.engine
            .page(&self.snapshot, self.partition, generation, after, bytes_max)
    }
}

/// Two images of the same state are equal.
impl PartialEq for StoreImage {
    fn eq(&self, other: &StoreImage) -> bool {
        (self.partition, self.position) == (other.partition, other.position)
    }
}

impl Eq for StoreImage {}

impl fmt::Debug for StoreImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StoreImage {
            partition, position, ..
        } = self;
        write!(f, "StoreImage of {partition} at {position:?}")
    }
}

/// Images that the protocol knows by name, until somebody takes them.
#[derive(Debug, Default)]
pub(super) struct Images {
    state: Mutex<(u64, BTreeMap<u64, StoreImage>)>,
}

impl Images {
    /// Gives it a name.
    pub(super) fn put(&self, image: StoreImage) -> u64 {
        let mut state = self.lock();
        state.0 += 1;
        let name = state.0;
        state.1.insert(name, image);
        name
    }

    pub(super) fn take(&self, name: u64) -> Option<StoreImage> {
        self.lock().1.remove(&name)
    }

    fn lock(&self) -> MutexGuard<'_, (u64, BTreeMap<u64, StoreImage>)> {
        self.state
            .lock()
            .expect("nothing panics while it holds the images")
    }
}
