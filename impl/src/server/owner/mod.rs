//! An owner: the one thread that has the replicas of some partitions, and its turns.
//!
//! `start.rs` opens the node and starts its owners, `intake.rs` takes what has happened, `turn.rs` gives the driver what else is
//! due, `perform.rs` does what it asks for, `compaction.rs` keeps the log short, `transfer.rs` lets
//! others lead.

mod compaction;
mod expiry;
mod intake;
mod perform;
mod start;
mod transfer;
mod turn;

pub(super) use start::spawn;

use super::answer::Answer;
use super::bounds;
use super::error::ServeError;
use super::inbox::Event;
use super::link::Link;
use super::metrics::{Kind, Metrics};
use super::parked::{Parked, Patient};
use super::requests::Batches;
use super::scans::Scans;
use super::space::Space;
use super::states::{Ends, Ports, States};
use super::timers::Timers;
use super::watchers::{Watchers, Won};
use crate::driver::{Driver, HandleError, Output};
use crate::tap::Recorder;
use crate::wal::WalHandle;
use compaction::Pace;
use katakv_core::{Epoch, Input, NodeId, PARTITIONS, Partition, RequestId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;
use tokio::sync::oneshot;

/// What the owners share with the rest of the server.
pub(super) struct Around {
    /// One for each peer.
    pub(super) links: Vec<Arc<Link>>,
    pub(super) metrics: Arc<Metrics>,
    /// The ways of states, and their ends.
    pub(super) states: (Ports, Ends),
    pub(super) space: Arc<Space>,
}

struct Owner {
    /// Which of the owners it is.
    place: usize,
    // Before the driver, whose store it holds: the last owner to end stops its threads first.
    states: Arc<States>,
    scans: Arc<Scans>,
    driver: Driver,
    wal: Arc<WalHandle>,
    events: Receiver<Event>,
    /// One for each peer.
    links: Vec<Arc<Link>>,
    timers: Timers,
    batches: Batches,
    parked: Parked,
    watchers: Arc<Watchers>,
    /// What the watchers have been told of its partitions.
    won: Won,
    compaction: Pace,
    space: Arc<Space>,
    /// How many keys of a partition may have a time to live.
    lives_max: usize,
    /// Requests that were given to the driver, or are about to be.
    waiting: BTreeMap<RequestId, Waiting>,
    last_request: RequestId,
    /// How far the numbers of two requests are apart, so that no two owners give the same one.
    request_stride: u64,
    /// Set while the node hands over what it leads; dropped when this owner leads nothing.
    leaving: Option<Arc<oneshot::Sender<()>>>,
    /// What the driver asks for in this turn.
    outputs: Vec<Output>,
    /// Records what is given to the driver and what is done, if that is wanted.
    tap: Option<Recorder>,
    /// The leaders that were last logged.
    leaders: [(Epoch, Option<NodeId>); PARTITIONS as usize],
    metrics: Arc<Metrics>,
    /// Since when no leader of a partition is known.
    leaderless_since: [Option<Instant>; PARTITIONS as usize],
}

/// A request without an answer.
struct Waiting {
    answer: Answer,
    /// The request, if it may be parked.
    patient: Option<Patient>,
    kind: Kind,
    since: Instant,
    /// Whether it was parked.
    waited: bool,
}

impl Owner {
    /// Turn after turn, until it is time to stop or something fails.
    fn run(mut self) -> Result<(), ServeError> {
        let mut events = Vec::new();
        loop {
            self.receive(&mut events);
            for event in events.drain(..) {
                match event {
                    Event::Stop => return self.stop(),
                    other => self.take(other)?,
                }
            }
            self.turn()?;
        }
    }

    /// What was taken is done: the record of a node ends with a whole turn.
    fn stop(mut self) -> Result<(), ServeError> {
        self.perform()?;
        if let Some(tap) = self.tap {
            tap.stopped();
        }
        Ok(())
    }

    /// Waits for an event or a deadline, and takes all that has queued up.
    fn receive(&self, events: &mut Vec<Event>) {
        let deadlines = [
            self.timers.next(),
            self.parked.next_deadline(),
            self.looks_at_clock(),
            self.is_first().then(|| self.watchers.next_deadline()).flatten(),
        ];
        let first = match deadlines.into_iter().flatten().min() {
            Some(deadline) => self
                .events
                .recv_timeout(deadline.saturating_duration_since(Instant::now())),
            None => self.events.recv().map_err(RecvTimeoutError::from),
        };
        match first {
            Ok(first) => events.push(first),
            Err(RecvTimeoutError::Timeout) => {}
            // Not while anybody has an inbox; if nobody had, there were nobody left to serve.
            Err(RecvTimeoutError::Disconnected) => return events.push(Event::Stop),
        }
        events.extend(self.events.try_iter().take(bounds::EVENTS_PER_TURN_MAX));
    }

    /// Whether it is the one for what is of no partition.
    fn is_first(&self) -> bool {
        self.place == 0
    }

    /// Gives the driver an input that is this node's own.
    fn handle(&mut self, partition: Partition, input: Input) -> Result<(), ServeError> {
        match self.drive(partition, input) {
            Ok(()) => Ok(()),
            Err(HandleError::Store(error)) => Err(ServeError::Store(error)),
            Err(error) => unreachable!("only messages are refused, and this is none: {error}"),
        }
    }

    /// Gives the driver an input. A tap is told of it, and of what has come of it.
    fn drive(&mut self, partition: Partition, input: Input) -> Result<(), HandleError> {
        let before = self.outputs.len();
        if let Some(tap) = &mut self.tap {
            tap.input(partition, &input);
        }
        let handled = self.driver.handle(partition, input, &mut self.outputs);
        if let Some(tap) = &mut self.tap {
            match &handled {
                Ok(()) => tap.handled(&self.outputs[before..]),
                Err(HandleError::Violation(_) | HandleError::Limit(_)) => tap.refused(),
                // It ends the process.
                Err(HandleError::Store(_)) => {}
            }
        }
        handled
    }
}
