//! The way to the owners: one channel to each, for all that happens to its partitions.
//!
//! The channels have no bound of their own; what goes in has. Messages and requests carry a share of a budget, which
//! they give back when they are done with. What the WAL thread reports cannot be more than what the owners have
//! submitted. With a bounded channel, an owner could wait for the WAL thread to take a submission, and the WAL
//! thread for the owner to take a report, for ever.

use super::answer::Answer;
use super::connection::Connection;
use super::look::Look;
use super::requests::partition_of;
use super::space::Sizes;
use crate::wal::{Outcome, Synced, WalError};
use crate::wire::{ClientReply, ClientRequest, Led, PartitionStatus, PeerFrame, Status, Usage};
use katakv_core::{NodeId, Partition, Reply, RequestId};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Something that happened.
pub(super) enum Event {
    /// A peer speaks.
    Peer {
        from: NodeId,
        frame: PeerFrame,
        /// To be closed if no honest peer says this.
        connection: Arc<Connection>,
        /// Its share of the budget.
        room: OwnedSemaphorePermit,
    },
    /// A client asks.
    Client { request: ClientRequest, answer: Answer },
    /// Somebody asks how the whole node is.
    Look(Arc<Look<PartitionStatus>>),
    /// Somebody asks what it leads, and who lacks what there.
    Usage(Arc<Look<Led>>),
    /// A page that the owner's store was asked for is read.
    Page { request: RequestId, reply: Reply },
    /// Records are synced.
    Synced(Vec<Synced>),
    /// The log has failed.
    LogFailed,
    /// The node is about to stop: it hands over what it leads. Each owner drops `done` once it leads nothing.
    HandOver { done: Arc<oneshot::Sender<()>> },
    /// It is time to end.
    Stop,
}

/// Puts events in. Never blocks; once the owners have ended, nothing happens any more.
#[derive(Clone, Debug)]
pub(super) struct Inbox {
    owners: Arc<[Sender<Event>]>,
    /// Why the log has failed.
    failure: Arc<Mutex<Option<WalError>>>,
}

impl Inbox {
    /// Of a node with so many owners, and the end of each owner's channel.
    pub(super) fn new(owners: usize) -> (Inbox, Vec<Receiver<Event>>) {
        let (senders, receivers): (Vec<_>, _) = (0..owners).map(|_| channel()).unzip();
        let inbox = Inbox {
            owners: senders.into(),
            failure: Arc::default(),
        };
        (inbox, receivers)
    }

    /// How many owners there are.
    pub(super) fn owners(&self) -> usize {
        self.owners.len()
    }

    /// Which of the owners has a partition.
    pub(super) fn owner_of(&self, partition: Partition) -> usize {
        usize::from(partition.0) % self.owners.len()
    }

    /// A peer speaks.
    pub(super) fn peer(
        &self,
        from: NodeId,
        frame: PeerFrame,
        connection: Arc<Connection>,
        room: OwnedSemaphorePermit,
    ) {
        let owner = self.owner_of(frame.partition);
        self.send(
            owner,
            Event::Peer {
                from,
                frame,
                connection,
                room,
            },
        );
    }

    /// A client asks. What is of no partition is for all owners, or for the first one.
    pub(super) fn client(&self, request: ClientRequest, answer: Answer) {
        match request {
            ClientRequest::Status => {
                let (cluster, node) = (answer.origin.cluster, answer.origin.node);
                self.look(move |partitions| {
                    answer.other(ClientReply::Status(Status {
                        cluster,
                        node,
                        partitions,
                    }));
                });
            }
            request => {
                let owner = partition_of(&request).map_or(0, |partition| self.owner_of(partition));
                self.send(owner, Event::Client { request, answer });
            }
        }
    }

    /// Has every owner say how its partitions are, and the last one `tell` it.
    pub(super) fn look(&self, tell: impl FnOnce(Vec<PartitionStatus>) + Send + 'static) {
        let look = Arc::new(Look::new(self.owners(), tell));
        self.to_all(|| Event::Look(Arc::clone(&look)));
    }

    /// Has every owner say what it leads, and the last one answer with that and with what the node uses.
    pub(super) fn usage(&self, sizes: Sizes, answer: Answer) {
        let tell = move |leads| {
            let (cluster, node) = (answer.origin.cluster, answer.origin.node);
            answer.other(ClientReply::Usage(Usage {
                cluster,
                node,
                wal_bytes: sizes.wal,
                store_bytes: sizes.store,
                free_bytes: sizes.free,
                leads,
            }));
        };
        let look = Arc::new(Look::new(self.owners(), tell));
        self.to_all(|| Event::Usage(Arc::clone(&look)));
    }

    /// A page is read that `owner` was asked for.
    pub(super) fn page(&self, owner: usize, request: RequestId, reply: Reply) {
        self.send(owner, Event::Page { request, reply });
    }

    /// The WAL thread reports.
    pub(super) fn log(&self, outcome: Outcome) {
        match outcome {
            Outcome::Synced { synced, .. } => {
                let mut parts = vec![Vec::new(); self.owners()];
                for synced in synced {
                    parts[self.owner_of(Partition(synced.partition))].push(synced);
                }
                let parts = parts.into_iter().enumerate();
                for (owner, part) in parts.filter(|(_, part)| !part.is_empty()) {
                    self.send(owner, Event::Synced(part));
                }
            }
            Outcome::Failed(error) => {
                *self.failure.lock().expect(UNPOISONED) = Some(error);
                self.to_all(|| Event::LogFailed);
            }
        }
    }

    /// Why the log has failed, if it has. Told once.
    pub(super) fn log_failure(&self) -> Option<WalError> {
        self.failure.lock().expect(UNPOISONED).take()
    }

    /// Has every owner hand over what it leads; `done` is dropped when none of them leads anything.
    pub(super) fn hand_over(&self, done: oneshot::Sender<()>) {
        let done = Arc::new(done);
        self.to_all(|| Event::HandOver {
            done: Arc::clone(&done),
        });
    }

    /// It is time to end.
    pub(super) fn stop(&self) {
        self.to_all(|| Event::Stop);
    }

    fn to_all(&self, event: impl Fn() -> Event) {
        for owner in 0..self.owners() {
            self.send(owner, event());
        }
    }

    fn send(&self, owner: usize, event: Event) {
        let _ = self.owners[owner].send(event);
    }
}

const UNPOISONED: &str = "nothing panics while it holds the reason";
