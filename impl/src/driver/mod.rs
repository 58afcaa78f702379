//! The only caller of `step`: ten replicas, their log and their store, as one value that is given inputs and says
//! what to do. It can be split into several, each with some of the replicas ([`Driver::split`]).
//!
//! It has no sockets, no clock and no thread that decides anything, so that whoever holds it decides what happens
//! when: the server's owner loop with real time and connections, the conformance suite with a schedule of its own.
//! Both run the same code from the bytes of the log to the bytes of the next record.
//!
//! # The contract of the caller
//! - [`Output`]s are carried out in order. [`Output::Append`]s go to the [`Wal`](crate::wal::Wal) that
//!   [`Driver::open`] returns, and once they are synced, the partition is given `Input::Synced`.
//! - Client requests pass [`check_request`] before they become an `Input`.
//! - After an error of [`Driver::handle`] that is [`HandleError::Store`], the node ends.
//!
//! # Example
//! ```
//! use katakv::driver::{Driver, DriverConfig, Output};
//! use katakv::placement::Placement;
//! use katakv::wal::WalConfig;
//! use katakv::wire::ClusterId;
//! use katakv_core::{Epoch, Input, Limits, Message, NodeId, Partition, Timer};
//!
//! let home = tempfile::tempdir()?;
//! let config = DriverConfig {
//!     cluster: ClusterId(7),
//!     id: NodeId(0),
//!     placement: Placement::OF_THREE,
//!     limits: Limits::default(),
//!     wal: WalConfig::default(),
//! };
//! let mut outputs = Vec::new();
//! let (mut driver, mut wal) = Driver::open(home.path(), config, &mut outputs)?;
//! assert_eq!(outputs.len(), 10, "each partition arms its election timer");
//!
//! // Partition 3 hears no leader and asks whether it would be elected. A peer says yes: it campaigns. Its vote goes to the log,
//! // and the vote requests leave once it is synced.
//! driver.handle(Partition(3), Input::Timeout(Timer::Election), &mut outputs)?;
//! outputs.clear();
//! let (from, message) = (NodeId(1), Message::PreVoted { epoch: Epoch::ZERO });
//! driver.handle(Partition(3), Input::Receive { from, message }, &mut outputs)?;
//! for output in outputs.drain(..) {
//!     if let Output::Append { partition, record } = output {
//!         wal.append(partition.0, &record)?;
//!     }
//! }
//! wal.sync()?;
//! driver.handle(Partition(3), Input::Synced(1), &mut outputs)?;
//! assert!(matches!(outputs[..], [Output::Send { .. }, Output::Send { .. }]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoint;
mod error;
mod inspect;
pub mod limits;
mod open;
mod output;
mod refill;
mod requests;
#[cfg(test)]
mod tests;
mod usage;

pub use checkpoint::Compaction;
pub use error::{HandleError, OpenError, RecordError};
pub use inspect::{Inspection, PartitionInspection, inspect};
pub use open::DriverConfig;
pub use output::Output;
pub use requests::check_request;

use crate::log::WalLog;
use crate::store::{PartitionStore, Staging, StoreError, StoreImage, Stores};
use crate::wire::{ClusterId, PartitionStatus, Quarantined, Status};
use katakv_core::{
    Effect, EntryId, Epoch, Image, Input, Message, Node, NodeId, PARTITIONS, Partition, Sound, State, step,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A replica of production.
pub type Replica = Node<WalLog, PartitionStore>;

/// The replicas of one node, one for each partition that it holds; or some of them, each of which no other driver has.
#[derive(Debug)]
pub struct Driver {
    cluster: ClusterId,
    id: NodeId,
    nodes: BTreeMap<Partition, Replica>,
    /// Those of all partitions, shared with the other drivers of the node.
    stores: Arc<Stores>,
    /// The names of states that came in and may be garbage soon.
    received: [Vec<u64>; PARTITIONS as usize],
    /// Empty between two calls; it keeps its memory.
    effects: Vec<Effect>,
}

impl Driver {
    /// Gives a replica an input, and appends to `outputs` what is to be done, in order.
    ///
    /// # Errors
    /// [`HandleError`]; `outputs` is as it was then.
    ///
    /// # Panics
    /// If the caller says that more records are synced than were appended, or names a partition that it does not have.
    pub fn handle(
        &mut self,
        partition: Partition,
        input: Input,
        outputs: &mut Vec<Output>,
    ) -> Result<(), HandleError> {
        let node = self.nodes.get_mut(&partition).expect(OWN);
        if let Input::Receive { from, message } = &input {
            if let Message::Snapshot { snapshot, .. } = message
                && let Image::Named(name) = snapshot.state
            {
                self.received[usize::from(partition.0)].push(name);
            }
            if let Err(error) = taken_from(node, *from, message) {
                self.discard_states(partition);
                return Err(error);
            }
        }
        step(&Sound, node, input, &mut self.effects);
        self.discard_states(partition);
        // A read may have failed and come out as "no such key": nothing of this step may leave.
        if let Some(failure) = self.stores.failure() {
            self.effects.clear();
            return Err(HandleError::Store(failure));
        }
        let stores = &self.stores;
        outputs.extend(
            self.effects
                .drain(..)
                .map(|effect| Output::of(partition, effect, stores)),
        );
        Ok(())
    }

    /// Whether a replica would take a peer's message now. A state is known to it by a name.
    ///
    /// # Errors
    /// [`HandleError`], as [`Driver::handle`] would refuse it.
    pub fn would_take(
        &self,
        partition: Partition,
        from: NodeId,
        message: &Message,
    ) -> Result<(), HandleError> {
        taken_from(self.node(partition), from, message)
    }

    /// States that have come in are garbage when the replica did not want them, or has another one since. While one waits
    /// for the disk, none is: a crash may leave the record of any of them as the last one.
    fn discard_states(&mut self, partition: Partition) {
        let received = &mut self.received[usize::from(partition.0)];
        let node = &self.nodes[&partition];
        if received.is_empty() || node.staged().is_some() {
            return;
        }
        for name in received.drain(..) {
            if name != node.store().generation() {
                self.stores.staging().discard(partition, name);
            }
        }
    }

    /// The way for states to come in: what is staged there is given to a replica by its name.
    pub fn staging(&self) -> &Staging {
        self.stores.staging()
    }

    /// The newest state of a partition that the store's engine has; [`Driver::settle`] makes it what is applied.
    ///
    /// # Errors
    /// The store's failure: end the node.
    pub fn image(&self, partition: Partition) -> Result<StoreImage, Arc<StoreError>> {
        self.stores.image(partition)
    }

    /// All that a state holds which has come in.
    ///
    /// # Errors
    /// The store's failure: end the node.
    pub fn dump_state(&self, partition: Partition, name: u64) -> Result<State, Arc<StoreError>> {
        self.stores.dump_state(partition, name)
    }

    /// The replica of `partition`, which it must have.
    pub fn node(&self, partition: Partition) -> &Replica {
        self.nodes.get(&partition).expect(OWN)
    }

    /// The partitions of which it has the replicas, in order.
    pub fn partitions(&self) -> impl Iterator<Item = Partition> + use<> {
        let partitions: Vec<Partition> = self.nodes.keys().copied().collect();
        partitions.into_iter()
    }

    /// Several drivers of the same node, each with the replicas of the partitions for which `owner` says its place. They share
    /// the store.
    pub fn split(self, count: usize, owner: impl Fn(Partition) -> usize) -> Vec<Driver> {
        let Driver {
            cluster,
            id,
            nodes,
            stores,
            received,
            ..
        } = self;
        let part = |_| Driver {
            cluster,
            id,
            nodes: BTreeMap::new(),
            stores: Arc::clone(&stores),
            received: received.clone(),
            effects: Vec::new(),
        };
        let mut drivers: Vec<Driver> = (0..count).map(part).collect();
        for (partition, node) in nodes {
            drivers[owner(partition)].nodes.insert(partition, node);
        }
        drivers
    }

    /// How the store has failed, if it has: end the node then. To be asked now and then, since it can fail while
    /// there is no input.
    pub fn failure(&self) -> Option<Arc<StoreError>> {
        self.stores.failure()
    }

    /// Waits until the store's engine has all that was applied: what a crash finds there is known then.
    ///
    /// # Errors
    /// The store's failure: end the node.
    pub fn settle(&self) -> Result<(), Arc<StoreError>> {
        self.stores.settle()
    }

    /// All that a partition holds, as applied.
    ///
    /// # Errors
    /// The store's failure: end the node.
    pub fn dump(&self, partition: Partition) -> Result<State, Arc<StoreError>> {
        self.stores.dump(partition)
    }

    /// The elections that the node has won and serves in: the epoch of each partition, in order, where it does.
    pub fn elections(&self) -> impl Iterator<Item = (Partition, Epoch)> + '_ {
        let won = |(partition, node): (&Partition, &Replica)| Some((*partition, node.elected()?.epoch));
        self.nodes.iter().filter_map(won)
    }

    /// What the node has in quarantine of `partition`, from the entry `from` on, that is gone for good.
    pub fn quarantine(&self, partition: Partition, from: EntryId) -> Quarantined {
        let (count_max, bytes_max) = (limits::QUARANTINE_ENTRIES_MAX, limits::QUARANTINE_BYTES_MAX);
        let (entries, next) = self.node(partition).quarantine(from, count_max, bytes_max);
        Quarantined {
            cluster: self.cluster,
            node: self.id,
            entries,
            next,
        }
    }

    /// The state of its replicas, for whoever asks.
    pub fn status(&self) -> Status {
        let of = |(partition, node): (&Partition, &Replica)| PartitionStatus {
            partition: *partition,
            epoch: node.epoch(),
            leader: node.leader(),
            serving: node.serving(),
            last: katakv_core::Log::last(node.log()),
            durable: node.durable(),
            commit: node.commit(),
            applied: node.applied(),
            standing: node.standing(),
        };
        Status {
            cluster: self.cluster,
            node: self.id,
            partitions: self.nodes.iter().map(of).collect(),
        }
    }
}

const OWN: &str = "a driver is asked of its own partitions";

/// Whether it can be done, and an honest peer can have said it.
fn taken_from(node: &Replica, from: NodeId, message: &Message) -> Result<(), HandleError> {
    limits::check_message(message)?;
    if sabotaged!("messages-not-looked-at") {
        return Ok(());
    }
    Ok(node.admits(from, message)?)
}
