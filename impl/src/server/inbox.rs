//! The way to the owner: one channel for all that happens to the node.
//!
//! The channel has no bound of its own; what goes in has. Messages and requests carry a share of a budget, which
//! they give back when they are done with. What the WAL thread reports cannot be more than what the owner has
//! submitted. With a bounded channel, the owner could wait for the WAL thread to take a submission, and the WAL
//! thread for the owner to take a report, for ever.

use super::answer::Answer;
use super::connection::Connection;
use crate::wal::Outcome;
use crate::wire::{ClientRequest, PeerFrame, Status};
use katakv_core::NodeId;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
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
    /// An operator's tool asks how the node is.
    Look(oneshot::Sender<Status>),
    /// The WAL thread reports.
    Wal(Outcome),
    /// The node is about to stop: it hands over what it leads, and drops `done` once it leads nothing.
    HandOver { done: oneshot::Sender<()> },
    /// It is time to end.
    Stop,
}

/// Puts events in.
#[derive(Clone, Debug)]
pub(super) struct Inbox {
    sender: Sender<Event>,
}

impl Inbox {
    pub(super) fn new() -> (Inbox, Receiver<Event>) {
        let (sender, receiver) = channel();
        (Inbox { sender }, receiver)
    }

    /// Never blocks. Once the owner has ended, nothing happens any more.
    pub(super) fn send(&self, event: Event) {
        let _ = self.sender.send(event);
    }
}
