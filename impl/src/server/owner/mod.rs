//! The owner: the one thread that has the driver, and its turns.
//!
//! `intake.rs` takes what has happened, `turn.rs` gives the driver what else is due, `perform.rs` does what it asks
//! for, `compaction.rs` keeps the log short.

mod compaction;
mod intake;
mod perform;
mod turn;
mod watchers;

use super::answer::Answer;
use super::bounds;
use super::config::ServerConfig;
use super::error::ServeError;
use super::inbox::{Event, Inbox};
use super::link::Link;
use super::metrics::{Kind, Metrics};
use super::parked::{Parked, Patient};
use super::requests::Batches;
use super::space::Space;
use super::states::{Ends, Ports, States};
use super::timers::Timers;
use crate::driver::{Driver, HandleError, Output};
use crate::tap::Recorder;
use crate::wal::{WalHandle, WalThread};
use compaction::Pace;
use katakv_core::{Epoch, Input, NodeId, PARTITIONS, Partition, RequestId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Instant;
use tokio::sync::oneshot;
use watchers::Watchers;

/// What an owner shares with the rest of the server.
pub(super) struct Around {
    /// One for each peer.
    pub(super) links: Vec<Arc<Link>>,
    pub(super) metrics: Arc<Metrics>,
    /// The ways of states, and their ends.
    pub(super) states: (Ports, Ends),
    pub(super) space: Arc<Space>,
}

/// Starts the owner, which opens the node. `ended` is dropped when it ends, for whatever reason.
pub(super) fn spawn(
    config: ServerConfig,
    inbox: Inbox,
    events: Receiver<Event>,
    around: Around,
    ended: oneshot::Sender<()>,
) -> Result<JoinHandle<Result<(), ServeError>>, ServeError> {
    let run = move || {
        // Moved in, so that it is dropped with the thread, also by a panic.
        let _ended = ended;
        Owner::open(config, inbox, events, around)?.run()
    };
    thread::Builder::new()
        .name("owner".into())
        .spawn(run)
        .map_err(ServeError::Thread)
}

struct Owner {
    // First, since it holds the driver's store.
    states: States,
    driver: Driver,
    wal: WalHandle,
    events: Receiver<Event>,
    /// One for each peer.
    links: Vec<Arc<Link>>,
    timers: Timers,
    batches: Batches,
    parked: Parked,
    watchers: Watchers,
    compaction: Pace,
    space: Arc<Space>,
    /// Requests that were given to the driver, or are about to be.
    waiting: BTreeMap<RequestId, Waiting>,
    last_request: RequestId,
    /// Set while the node hands over what it leads; dropped when it leads nothing.
    leaving: Option<oneshot::Sender<()>>,
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
    fn open(
        config: ServerConfig,
        inbox: Inbox,
        events: Receiver<Event>,
        around: Around,
    ) -> Result<Owner, ServeError> {
        let Around {
            links,
            metrics,
            states: (ports, ends),
            space,
        } = around;
        let mut outputs = Vec::new();
        let (driver, wal) = Driver::open(&config.data, config.driver(), &mut outputs)?;
        let compaction = Pace::new(config.checkpoint_bytes, wal.bytes());
        let tap = match &config.record {
            Some(record) => {
                let begun = Recorder::start(record, &config.driver(), &driver);
                Some(begun.map_err(ServeError::Store)??)
            }
            None => None,
        };
        let states = States::start(ports, ends, driver.staging().clone(), &links, inbox.clone())?;
        let wal = WalThread::spawn(wal, move |outcome| inbox.send(Event::Wal(outcome)))?;
        Ok(Owner {
            states,
            driver,
            wal,
            events,
            links,
            timers: Timers::new(config.timing),
            batches: Batches::new(),
            parked: Parked::default(),
            watchers: Watchers::default(),
            compaction,
            space,
            waiting: BTreeMap::new(),
            last_request: RequestId(0),
            leaving: None,
            outputs,
            tap,
            leaders: [(Epoch::ZERO, None); PARTITIONS as usize],
            metrics,
            leaderless_since: [Some(Instant::now()); PARTITIONS as usize],
        })
    }

    /// Turn after turn, until it is time to stop or something fails.
    fn run(mut self) -> Result<(), ServeError> {
        // The timers that recovery has armed.
        self.perform()?;
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

    /// Everything that was appended is synced. The store has only what is in the log.
    fn stop(self) -> Result<(), ServeError> {
        if let Some(tap) = self.tap {
            tap.stopped();
        }
        let stopped = self.wal.shutdown();
        stopped.map_err(|error| perform::why_stopped(&self.events, error.into()))
    }

    /// Waits for an event or a deadline, and takes all that has queued up.
    fn receive(&self, events: &mut Vec<Event>) {
        let deadlines = [
            self.timers.next(),
            self.parked.next_deadline(),
            self.watchers.next_deadline(),
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
            // Not while the WAL thread has a sender; if it had none, there were nobody left to serve.
            Err(RecvTimeoutError::Disconnected) => return events.push(Event::Stop),
        }
        events.extend(self.events.try_iter().take(bounds::EVENTS_PER_TURN_MAX));
    }

    /// Gives the driver an input that is this node's own.
    fn handle(&mut self, partition: Partition, input: Input) -> Result<(), ServeError> {
        let before = self.outputs.len();
        if let Some(tap) = &mut self.tap {
            tap.input(partition, &input);
        }
        match self.driver.handle(partition, input, &mut self.outputs) {
            Ok(()) => {
                if let Some(tap) = &mut self.tap {
                    tap.handled(&self.outputs[before..]);
                }
                Ok(())
            }
            Err(HandleError::Store(error)) => Err(ServeError::Store(error)),
            Err(error) => unreachable!("only messages are refused, and this is none: {error}"),
        }
    }
}
