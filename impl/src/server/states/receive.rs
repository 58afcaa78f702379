//! Receiving: pages go into this node's engine, and the state goes to the protocol once all of it is on the disk.

use super::{CHECK_EVERY, PAGE_WITHIN, link_to};
use crate::server::connection::{Closed, Connection};
use crate::server::inbox::Inbox;
use crate::server::link::Link;
use crate::store::{Item, Staging, StoreError};
use crate::wire::{PeerFrame, StateFrame, StatePart};
use katakv_core::{Epoch, Image, Lineage, Message, NodeId, Partition, Snapshot};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;

/// What the thread is told.
#[derive(Debug)]
pub(in crate::server) enum Event {
    /// A peer sends a part of a state.
    Arrived(Arrived),
    /// It is time to end.
    Stop,
}

/// A part of a state.
#[derive(Debug)]
pub(in crate::server) struct Arrived {
    pub(in crate::server) from: NodeId,
    pub(in crate::server) frame: StateFrame,
    /// To be closed if no honest peer sends this.
    pub(in crate::server) connection: Arc<Connection>,
    /// Its share of the budget.
    pub(in crate::server) room: OwnedSemaphorePermit,
}

/// The thread's state.
pub(super) struct Receiving {
    links: Vec<Arc<Link>>,
    staging: Staging,
    inbox: Inbox,
    transfers: BTreeMap<(NodeId, Partition), Transfer>,
}

struct Transfer {
    id: u64,
    epoch: Epoch,
    lineage: Lineage,
    generation: u64,
    /// How many pages are staged.
    taken: u64,
    heard: Instant,
}

impl Receiving {
    pub(super) fn new(links: Vec<Arc<Link>>, staging: Staging, inbox: Inbox) -> Receiving {
        Receiving {
            links,
            staging,
            inbox,
            transfers: BTreeMap::new(),
        }
    }

    pub(super) fn run(mut self, events: &Receiver<Event>) {
        loop {
            match events.recv_timeout(CHECK_EVERY) {
                Ok(Event::Arrived(arrived)) => self.take(arrived),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            self.give_up_the_stuck();
        }
    }

    fn take(&mut self, arrived: Arrived) {
        if arrived.connection.is_closed() {
            return;
        }
        let StateFrame {
            partition,
            transfer,
            part,
        } = &arrived.frame;
        let (from, partition, transfer) = (arrived.from, *partition, *transfer);
        let taken = match part {
            StatePart::Begin { epoch, lineage } => {
                return self.begin(from, partition, transfer, *epoch, lineage.clone());
            }
            StatePart::Page {
                number,
                items,
                is_last,
            } => self.stage(from, partition, transfer, *number, items, *is_last),
            // The sending thread's affair.
            StatePart::Taken { .. } | StatePart::Refused => return,
        };
        let part = match taken {
            Ok(Some(number)) => StatePart::Taken { number },
            Ok(None) => StatePart::Refused,
            Err(error @ StoreError::Item { .. }) => {
                tracing::warn!(peer = %arrived.connection.addr, %from, %partition, %error, "refusing a state");
                self.end(from, partition);
                return arrived.connection.close(Closed::Refused);
            }
            Err(error) => return self.staging.fail(error),
        };
        if let StatePart::Page { is_last: true, .. } = arrived.frame.part
            && let StatePart::Taken { .. } = part
        {
            self.arrive(arrived);
        }
        if let Some(link) = link_to(&self.links, from) {
            link.send_state(StateFrame {
                partition,
                transfer,
                part,
            });
        }
    }

    /// A peer has one state of a partition under way; an older one has ended without a word.
    fn begin(&mut self, from: NodeId, partition: Partition, id: u64, epoch: Epoch, lineage: Lineage) {
        self.end(from, partition);
        tracing::info!(%from, %partition, last = %lineage.last(), "receiving a state");
        let transfer = Transfer {
            id,
            epoch,
            lineage,
            generation: self.staging.begin(),
            taken: 0,
            heard: Instant::now(),
        };
        self.transfers.insert((from, partition), transfer);
    }

    /// Stages a page, and returns its number if it is the one that is due.
    fn stage(
        &mut self,
        from: NodeId,
        partition: Partition,
        id: u64,
        number: u64,
        items: &[Item],
        is_last: bool,
    ) -> Result<Option<u64>, StoreError> {
        let Some(transfer) = self.transfers.get_mut(&(from, partition)) else {
            return Ok(None);
        };
        if transfer.id != id {
            return Ok(None);
        }
        if number != transfer.taken + 1 {
            self.end(from, partition);
            return Ok(None);
        }
        self.staging.put(partition, transfer.generation, items)?;
        if is_last {
            self.staging.sync()?;
        }
        transfer.taken = number;
        transfer.heard = Instant::now();
        Ok(Some(number))
    }

    /// All of it is on the disk: now the protocol hears of it.
    fn arrive(&mut self, arrived: Arrived) {
        let Arrived {
            from,
            frame: StateFrame { partition, .. },
            connection,
            room,
        } = arrived;
        let Some(transfer) = self.transfers.remove(&(from, partition)) else {
            return;
        };
        let message = Message::Snapshot {
            epoch: transfer.epoch,
            snapshot: Snapshot {
                lineage: transfer.lineage,
                state: Image::Named(transfer.generation),
            },
        };
        let frame = PeerFrame { partition, message };
        self.inbox.peer(from, frame, connection, room);
    }

    fn end(&mut self, from: NodeId, partition: Partition) {
        if let Some(transfer) = self.transfers.remove(&(from, partition)) {
            self.staging.discard(partition, transfer.generation);
        }
    }

    fn give_up_the_stuck(&mut self) {
        let is_stuck = |transfer: &Transfer| transfer.heard.elapsed() > 2 * PAGE_WITHIN;
        let stuck = self.transfers.iter().filter(|(_, transfer)| is_stuck(transfer));
        let stuck: Vec<(NodeId, Partition)> = stuck.map(|(key, _)| *key).collect();
        for (from, partition) in stuck {
            self.end(from, partition);
        }
    }
}
