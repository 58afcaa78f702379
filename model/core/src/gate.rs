//! The gate: what asserts durability waits here until the records it depends on are synced.
//!
//! Etcd's `msgsAfterAppend` is the model: an acknowledgement that waits for the disk is data, not a callback, so
//! the checker sees it wait. Records become durable in the order in which they were appended, so "everything
//! appended so far" is a number: how many records are still in flight.

use crate::{Epoch, Index, Message, NodeId};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Records in flight to the disk, and what waits for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Gate {
    durable: Index,
    /// For each record in flight, oldest first: how far the log is durable once it is synced.
    in_flight: VecDeque<Index>,
    held: Vec<Held>,
}

/// Something that may leave when `records` more records are synced.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Held {
    records: u32,
    what: Gated,
}

/// What can wait for the disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Gated {
    /// A message that says "this is on my disk".
    Send { to: NodeId, message: Message },
    /// The candidate's own vote, which counts like any other: once it is durable.
    OwnVote { epoch: Epoch },
}

impl Gated {
    fn epoch(&self) -> Epoch {
        match self {
            Gated::Send { message, .. } => message.epoch(),
            Gated::OwnVote { epoch } => *epoch,
        }
    }

    fn message(&self) -> Option<&Message> {
        match self {
            Gated::Send { message, .. } => Some(message),
            Gated::OwnVote { .. } => None,
        }
    }

    fn receiver(&self) -> Option<NodeId> {
        match self {
            Gated::Send { to, .. } => Some(*to),
            Gated::OwnVote { .. } => None,
        }
    }
}

impl Gate {
    /// The gate of a log that is durable to `durable`, with nothing in flight.
    pub(crate) fn new(durable: Index) -> Gate {
        Gate {
            durable,
            ..Gate::default()
        }
    }

    pub(crate) fn durable(&self) -> Index {
        self.durable
    }

    pub(crate) fn records_in_flight(&self) -> u32 {
        self.in_flight.len() as u32
    }

    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }

    /// A record that changes no entry is on its way to the disk.
    pub(crate) fn appended_hard(&mut self) {
        self.in_flight.push_back(Index::ZERO);
    }

    /// A record that ends the log at `last`, keeping it up to `after`, is on its way to the disk. What it
    /// truncates no longer counts, neither as durable, which is `durable` now, nor as about to be.
    pub(crate) fn appended_tail(&mut self, after: Index, last: Index, durable: Index) {
        self.durable = durable;
        for to in &mut self.in_flight {
            *to = (*to).min(after);
        }
        self.in_flight.push_back(last);
    }

    /// Keeps `what` until every record in flight is synced. What already waits is not kept twice, or a leader's
    /// repetitions would fill the memory of a follower whose disk is slow.
    pub(crate) fn hold(&mut self, what: Gated) {
        if !self.held.iter().any(|held| held.what == what) {
            self.held.push(Held {
                records: self.records_in_flight(),
                what,
            });
        }
    }

    /// The oldest `count` records are durable.
    pub(crate) fn synced(&mut self, count: u32) {
        assert!(
            count <= self.records_in_flight(),
            "only what is in flight can be synced"
        );
        for to in self.in_flight.drain(..count as usize) {
            self.durable = self.durable.max(to);
        }
        for held in &mut self.held {
            held.records = held.records.saturating_sub(count);
        }
    }

    /// Takes out what may leave, in the order in which it came.
    pub(crate) fn release(&mut self, opens: impl Fn(u32) -> bool) -> Vec<Gated> {
        let (free, kept) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|held: &Held| opens(held.records));
        self.held = kept;
        free.into_iter().map(|held: Held| held.what).collect()
    }

    /// Forgets what was to be said in epochs before `epoch`: nobody who matters listens any more.
    pub(crate) fn forget_before(&mut self, epoch: Epoch) {
        self.held.retain(|held| held.what.epoch() >= epoch);
    }

    /// Forgets a campaign that was lost.
    pub(crate) fn forget_campaign(&mut self) {
        self.held.retain(|held| {
            !matches!(
                held.what,
                Gated::OwnVote { .. }
                    | Gated::Send {
                        message: Message::RequestVote { .. },
                        ..
                    }
            )
        });
    }

    /// Renames the members.
    pub(crate) fn relabel(&mut self, name: impl Fn(NodeId) -> NodeId) {
        for held in &mut self.held {
            if let Gated::Send { to, .. } = &mut held.what {
                *to = name(*to);
            }
        }
        // What is said to both peers is held in the order of their names.
        for same in self
            .held
            .chunk_by_mut(|one, next| one.what.message() == next.what.message())
        {
            same.sort_by_key(|held| held.what.receiver());
        }
    }
}
