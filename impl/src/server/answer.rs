//! The one answer that a request gets, and the room for it.
//!
//! Each request holds the place of its answer in the connection's queue from the moment it is read, so answering
//! never waits, and a client that does not read its answers is not read from. What the answers in that queue may
//! take is bounded as well: a value for which there is no room becomes `Busy`.

use super::admission::share;
use super::bounds;
use crate::driver::limits::reply_bytes;
use crate::store::Page;
use crate::wire::{ClientReply, ClusterId, ServerFrame};
use katakv_core::{Lineage, NodeId, Reply};
use std::sync::Arc;
use tokio::sync::mpsc::OwnedPermit;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An answer on its way, with its shares of the budgets until it is sent.
pub(super) struct Outgoing {
    pub(super) frame: ServerFrame,
    _shares: Option<[OwnedSemaphorePermit; 2]>,
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) cluster: ClusterId,
    pub(super) node: NodeId,
}

/// Where the answer to one request goes.
pub(super) struct Answer {
    pub(super) id: u64,
    pub(super) origin: Origin,
    pub(super) place: OwnedPermit<Outgoing>,
    /// What the connection's answers, and those of all, may still take.
    pub(super) budgets: [Arc<Semaphore>; 2],
    /// The request's shares: of its connection's and of all requests.
    pub(super) _shares: Option<[OwnedSemaphorePermit; 2]>,
}

impl Answer {
    /// Answers with what the protocol says.
    pub(super) fn protocol(self, reply: Reply) {
        let size = match reply_bytes(&reply) {
            // Bounded by the number of places alone.
            0 => return self.put(reply, None),
            bytes => bounds::kib(bytes),
        };
        let [own, all] = &self.budgets;
        match share(own, size).zip(share(all, size)) {
            Some((own, all)) => self.put(reply, Some([own, all])),
            None => self.put(Reply::Busy, None),
        }
    }

    /// Answers with a page of a state.
    pub(super) fn state_page(self, image: u64, lineage: Option<Lineage>, page: Page) {
        let Page { items, is_last } = page;
        let bytes = items.iter().map(|(key, found)| key.len() + found.len()).sum();
        let [own, all] = &self.budgets;
        let size = bounds::kib(bytes);
        let reply = ClientReply::StatePage {
            image,
            lineage,
            items,
            is_last,
        };
        match share(own, size).zip(share(all, size)) {
            Some((own, all)) => self.send(reply, Some([own, all])),
            None => self.put(Reply::Busy, None),
        }
    }

    /// Answers that nothing is written now.
    pub(super) fn disk_full(self) {
        let Origin { cluster, node } = self.origin;
        self.send(ClientReply::DiskFull { cluster, node }, None);
    }

    /// Answers that no further key gets a time to live now.
    pub(super) fn lives_full(self) {
        let Origin { cluster, node } = self.origin;
        self.send(ClientReply::LivesFull { cluster, node }, None);
    }

    /// Answers with something that is not the protocol's.
    pub(super) fn other(self, reply: ClientReply) {
        self.send(reply, None);
    }

    fn put(self, reply: Reply, shares: Option<[OwnedSemaphorePermit; 2]>) {
        let Origin { cluster, node } = self.origin;
        self.send(ClientReply::Protocol { cluster, node, reply }, shares);
    }

    fn send(self, reply: ClientReply, shares: Option<[OwnedSemaphorePermit; 2]>) {
        self.place.send(Outgoing {
            frame: ServerFrame { id: self.id, reply },
            _shares: shares,
        });
    }
}
