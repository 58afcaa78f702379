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

mod engine;
mod error;
mod mover;
mod overlay;
mod partition;
#[cfg(test)]
mod tests;

pub use engine::KEY_BYTES_MAX;
pub use error::StoreError;
pub use overlay::SyncTicket;
pub use partition::PartitionStore;

use crate::wal::Identity;
use engine::Engine;
use katakv_core::{Bytes, Partition, Versioned};
use mover::Mover;
use overlay::Overlays;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// How many bytes of keys and values, with a flat charge for each, may wait for the engine.
pub const OVERLAY_BYTES_MAX: usize = 64 << 20;

/// The stores of all partitions of a node.
///
/// Dropping it moves what waits into the engine, unless the engine has failed.
#[derive(Debug)]
pub struct Stores {
    engine: Arc<Engine>,
    overlays: Arc<Overlays>,
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
        let overlays = Arc::new(Overlays::new(bytes_max));
        let partitions = Partition::all()
            .map(|partition| PartitionStore::new(partition, Arc::clone(&engine), Arc::clone(&overlays)))
            .collect::<Result<_, _>>()?;
        let mover = Mover::start(Arc::clone(&engine), Arc::clone(&overlays))?;
        let stores = Stores {
            engine,
            overlays,
            _mover: mover,
        };
        Ok((stores, partitions))
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

    /// All keys, values and versions of a partition, as applied. For comparing a node with the checker's; it takes the memory
    /// that the partition takes.
    ///
    /// # Errors
    /// The engine's failure.
    pub fn dump(&self, partition: Partition) -> Result<BTreeMap<Bytes, Versioned>, Arc<StoreError>> {
        self.settle()?;
        self.engine.dump(partition).map_err(Arc::new)
    }
}
