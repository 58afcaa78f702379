//! The key-value store of one node on disk: what replicas apply committed entries to.
//!
//! # The promise
//! [`PartitionStore`] applies an entry at once and in memory, and reads see it from then on. A background thread
//! moves what was applied into the embedded engine, since the engine's commits can stall for longer than an
//! election takes. For each partition the engine holds the data of exactly the entries up to some index, and that
//! index with it: both move in one atomic batch, that of all partitions.
//!
//! ```text
//!    apply --> [ waiting ] --> [ moving ] --> engine (fjall)
//!                  1               2             3        a read asks in this order
//! ```
//!
//! Nothing here is synced on its own account. A crash may take the engine back to an earlier applied entry, and the
//! replica applies the rest again from its log. Before the log drops an entry, its owner wants the engine synced
//! ([`Stores::want_sync`]); a store that is lost as a whole after that is refilled from the peers, as is a lost log.
//!
//! # Bounds
//! What waits and moves is bounded by [`OVERLAY_BYTES_MAX`]. At the bound `apply` blocks, and a line in the log says
//! so; it is the engine's pace then that writes get.
//!
//! # Failure
//! When the engine fails, [`Stores::failure`] says how, for good: the node has to end. Until it does, applies are
//! kept in memory and reads may have come out wrong, so nothing may leave the node once it is set.

mod cleaner;
mod engine;
mod error;
mod generations;
mod image;
mod layout;
mod mover;
mod overlay;
mod partition;
mod rows;
mod scan;
mod staging;
#[cfg(test)]
mod tests;
mod times;

pub use error::StoreError;
pub use image::{Checked, Item, Page, StoreImage};
pub use layout::KEY_BYTES_MAX;
pub use overlay::SyncTicket;
pub use partition::PartitionStore;
pub use scan::ScanView;
pub use staging::Staging;

use crate::wal::Identity;
use cleaner::Cleaner;
use engine::{Engine, Position};
use image::Images;
use katakv_core::{Partition, State};
use mover::Mover;
use overlay::Overlays;
use scan::Views;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// How many bytes of keys and values, with a flat charge for each, may wait for the engine.
pub const OVERLAY_BYTES_MAX: usize = 64 << 20;

/// The stores of all partitions of a node.
///
/// Dropping it moves what waits into the engine, unless the engine has failed.
#[derive(Debug)]
pub struct Stores {
    engine: Arc<Engine>,
    overlays: Arc<Overlays>,
    images: Arc<Images>,
    views: Arc<Views>,
    staging: Staging,
    // Before the mover, for which it waits.
    _cleaner: Cleaner,
    _mover: Mover,
}

impl Stores {
    /// Opens the store in `dir`, or begins one there, and returns it with the store of each partition, in order.
    ///
    /// # Errors
    /// [`StoreError`]; all of its variants are possible.
    pub fn open(dir: &Path, identity: Identity) -> Result<(Stores, Vec<PartitionStore>), StoreError> {
        Stores::open_bounded(dir, identity, OVERLAY_BYTES_MAX)
    }

    fn open_bounded(
        dir: &Path,
        identity: Identity,
        bytes_max: usize,
    ) -> Result<(Stores, Vec<PartitionStore>), StoreError> {
        let engine = Arc::new(Engine::open(dir, identity)?);
        let positions: Vec<Position> = Partition::all()
            .map(|partition| engine.position(partition))
            .collect::<Result<_, _>>()?;
        let mut last = 0;
        for (partition, position) in Partition::all().zip(&positions) {
            let generations = engine.generations(partition)?;
            last = generations
                .into_iter()
                .fold(last.max(position.generation), u64::max);
        }
        let generations = positions.iter().map(|position| position.generation);
        let overlays = Arc::new(Overlays::new(bytes_max, generations));
        let images = Arc::new(Images::default());
        let views = Arc::new(Views::default());
        let mover = Mover::start(Arc::clone(&engine), Arc::clone(&overlays))?;
        let cleaner = Cleaner::start(Arc::clone(&engine), Arc::clone(&overlays))?;
        let staging = Staging {
            engine: Arc::clone(&engine),
            overlays: Arc::clone(&overlays),
            cleaning: cleaner.cleaning.clone(),
            last: Arc::new(AtomicU64::new(last)),
        };
        let partitions = Partition::all()
            .zip(positions)
            .map(|(partition, position)| {
                PartitionStore::new(partition, position, &overlays, (&images, &views), &staging)
            })
            .collect::<Result<_, _>>()?;
        let stores = Stores {
            engine,
            overlays,
            images,
            views,
            staging,
            _cleaner: cleaner,
            _mover: mover,
        };
        Ok((stores, partitions))
    }

    /// The way for states to come in.
    pub fn staging(&self) -> &Staging {
        &self.staging
    }

    /// Takes the image that a store has named.
    pub fn take_image(&self, name: u64) -> Option<StoreImage> {
        self.images.take(name)
    }

    /// Takes the view for the page that the store of `partition` was asked for, of those that were not taken the first one.
    pub fn take_view(&self, partition: Partition) -> Option<ScanView> {
        self.views.take(partition)
    }

    /// The newest state of a partition that the engine has.
    ///
    /// # Errors
    /// The engine's failure.
    pub fn image(&self, partition: Partition) -> Result<StoreImage, Arc<StoreError>> {
        StoreImage::take(&self.engine, partition).map_err(Arc::new)
    }

    /// Removes what is of no state that `needed` says is needed: what a crash has interrupted.
    ///
    /// # Errors
    /// The engine's failure.
    pub fn clean(&self, needed: impl Fn(Partition, u64) -> bool) -> Result<(), StoreError> {
        for partition in Partition::all() {
            for generation in self.engine.generations(partition)? {
                if !needed(partition, generation) {
                    self.staging.discard(partition, generation);
                }
            }
        }
        Ok(())
    }

    /// How the engine has failed, if it has.
    pub fn failure(&self) -> Option<Arc<StoreError>> {
        self.overlays.failure()
    }

    /// Lets the engine have failed.
    #[cfg(test)]
    pub(crate) fn fail(&self, error: StoreError) {
        self.overlays.fail(error);
    }

    /// Wants all that was applied on the engine's disk. It takes a while; [`Stores::synced`] tells when it is done.
    pub fn want_sync(&self) -> SyncTicket {
        self.overlays.want_sync()
    }

    /// Whether what was wanted is done: no crash takes a partition back to an entry before the one that it had applied
    /// when it was wanted.
    pub fn synced(&self, ticket: SyncTicket) -> bool {
        self.overlays.synced(ticket)
    }

    /// Waits until the engine has all that was applied.
    ///
    /// # Errors
    /// The engine's failure.
    pub fn settle(&self) -> Result<(), Arc<StoreError>> {
        self.overlays.settle()
    }

    /// All that a partition holds, as applied. For comparing a node with the checker's; it takes the memory
    /// that the partition takes.
    ///
    /// # Errors
    /// The engine's failure.
    pub fn dump(&self, partition: Partition) -> Result<State, Arc<StoreError>> {
        self.settle()?;
        self.image(partition)?.dump().map_err(Arc::new)
    }

    /// As [`Stores::dump`], of a state that has come in.
    ///
    /// # Errors
    /// The engine's failure.
    pub fn dump_state(&self, partition: Partition, generation: u64) -> Result<State, Arc<StoreError>> {
        let snapshot = self.engine.snapshot();
        self.engine
            .dump(&snapshot, partition, generation)
            .map_err(Arc::new)
    }
}
