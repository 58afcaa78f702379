//! States that come into the store, page by page, beside what the partition holds: as a *generation* of their own.
//!
//! ```text
//!   generation 1   the partition's data; reads, and what is applied
//!   generation 2   staged: it grows page by page, is synced, and gets into a record of the log by its number
//! ```
//! When that record is durable, the store is told to install generation 2. That is a change of one key, from which on the
//! data is what was staged; what was there before is garbage. A generation that nothing refers to when the store is opened
//! is garbage too: a state that a crash has interrupted.

use super::cleaner::Cleaning;
use super::engine::Engine;
use super::error::StoreError;
use super::image::Item;
use super::overlay::Overlays;
use katakv_core::Partition;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Takes states in. Everybody who has one of these stages for the same store.
#[derive(Clone, Debug)]
pub struct Staging {
    pub(super) engine: Arc<Engine>,
    pub(super) overlays: Arc<Overlays>,
    pub(super) cleaning: Cleaning,
    /// The last number that was given.
    pub(super) last: Arc<AtomicU64>,
}

impl Staging {
    /// Begins a state, and returns its generation: the name that the store has for it.
    pub fn begin(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Adds items to it.
    ///
    /// # Errors
    /// `Item` if one of them cannot be stored: who sends it is not one of ours. Otherwise the engine's failure.
    pub fn put(&self, partition: Partition, generation: u64, items: &[Item]) -> Result<(), StoreError> {
        self.engine.stage(partition, generation, items)
    }

    /// Makes durable all that was added.
    ///
    /// # Errors
    /// The engine's failure, which is known to the stores then: the node is about to end.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.engine.sync()
    }

    /// Tells the stores of a failure: the node ends.
    pub fn fail(&self, error: StoreError) {
        self.overlays.fail(error);
    }

    /// Removes it, sooner or later.
    pub fn discard(&self, partition: Partition, generation: u64) {
        self.cleaning.discard(partition, generation);
    }
}
