//! From one thread to several: the first one opens the node and splits it among the owners, is an owner itself, and ends last.

use super::compaction::{Pace, Rounds};
use super::{Around, Owner};
use crate::driver::{Driver, Output};
use crate::server::config::ServerConfig;
use crate::server::error::ServeError;
use crate::server::inbox::{Event, Inbox};
use crate::server::parked::Parked;
use crate::server::requests::Batches;
use crate::server::scans::Scans;
use crate::server::states::States;
use crate::server::timers::Timers;
use crate::server::watchers::Watchers;
use crate::tap::Recorder;
use crate::wal::{Outcome, SubmitError, WalHandle, WalThread};
use katakv_core::{Epoch, PARTITIONS, RequestId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};
use std::time::Instant;
use tokio::sync::oneshot;

/// Starts the owners, one for each of `events`. `ended` is dropped when one of them ends, for whatever reason; then the others
/// do, and the result is that of all of them.
pub(in crate::server) fn spawn(
    config: ServerConfig,
    inbox: Inbox,
    events: Vec<Receiver<Event>>,
    around: Around,
    ended: oneshot::Sender<()>,
) -> Result<JoinHandle<Result<(), ServeError>>, ServeError> {
    let run = move || {
        // Moved in, so that it is dropped with the thread, also by a panic.
        let _ended = ended;
        let (owners, wal) = open(config, &inbox, events, around)?;
        let ran = run_all(owners, &inbox);
        // Everything that was appended is synced. The store has only what is in the log.
        let wal = Arc::into_inner(wal).expect("the owners have ended");
        let stopped = wal.shutdown();
        // A log that took nothing any more had failed before; its thread has said why, now that it has ended.
        match inbox.log_failure() {
            Some(error) => Err(error.into()),
            None => ran.and_then(|()| stopped.map_err(|error| SubmitError::from(error).into())),
        }
    };
    named(0).spawn(run).map_err(ServeError::Thread)
}

fn named(owner: usize) -> thread::Builder {
    thread::Builder::new().name(format!("owner-{owner}"))
}

/// Runs the first one on this thread, and each of the others on its own. When one ends, all do.
fn run_all(owners: Vec<Owner>, inbox: &Inbox) -> Result<(), ServeError> {
    let run = |owner: Owner| {
        let _stop = StopAll(inbox);
        owner.run()
    };
    thread::scope(|scope| {
        // Also if a thread cannot be started, or the others would be waited for in vain.
        let _stop = StopAll(inbox);
        let mut owners = owners.into_iter();
        let first = owners.next();
        let mut others = Vec::new();
        for owner in owners {
            let started = named(owner.place).spawn_scoped(scope, move || run(owner));
            others.push(started.map_err(ServeError::Thread)?);
        }
        let mut result = first.map_or(Ok(()), run);
        for other in others {
            result = result.and(other.join().unwrap_or(Err(ServeError::Panicked)));
        }
        result
    })
}

/// Lets all owners end when it is dropped.
struct StopAll<'a>(&'a Inbox);

impl Drop for StopAll<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn open(
    config: ServerConfig,
    inbox: &Inbox,
    events: Vec<Receiver<Event>>,
    around: Around,
) -> Result<(Vec<Owner>, Arc<WalHandle>), ServeError> {
    let Around {
        links,
        metrics,
        states: (ports, ends),
        space,
    } = around;
    let count = inbox.owners();
    let mut outputs = Vec::new();
    let (driver, wal) = Driver::open(&config.data, config.driver(), &mut outputs)?;
    let rounds = Arc::new(Rounds::new(count, config.checkpoint_bytes, wal.bytes()));
    let mut tap = match &config.record {
        Some(record) => {
            let begun = Recorder::start(record, &config.driver(), &driver);
            Some(begun.map_err(ServeError::Store)??)
        }
        None => None,
    };
    let timers = armed(&config, inbox, outputs, tap.as_mut());
    let states = States::start(ports, ends, driver.staging().clone(), &links, inbox.clone())?;
    let notify = {
        let (inbox, metrics) = (inbox.clone(), Arc::clone(&metrics));
        move |outcome| {
            if let Outcome::Synced { took, .. } = &outcome {
                metrics.synced(*took);
            }
            inbox.log(outcome);
        }
    };
    let wal = Arc::new(WalThread::spawn(wal, count, notify)?);

    let taps = match tap {
        Some(tap) => tap.split(count).into_iter().map(Some).collect(),
        None => (0..count).map(|_| None).collect::<Vec<_>>(),
    };
    let drivers = driver.split(count, |partition| inbox.owner_of(partition));
    let scans = Arc::new(Scans::start(inbox.clone())?);
    let (states, watchers) = (Arc::new(states), Arc::<Watchers>::default());
    let parts = drivers.into_iter().zip(events).zip(taps).zip(timers);
    let owner = |(place, (((driver, events), tap), timers))| Owner {
        place,
        states: Arc::clone(&states),
        scans: Arc::clone(&scans),
        driver,
        wal: Arc::clone(&wal),
        events,
        links: links.clone(),
        timers,
        batches: Batches::new(),
        parked: Parked::default(),
        watchers: Arc::clone(&watchers),
        won: Default::default(),
        compaction: Pace::new(Arc::clone(&rounds)),
        space: Arc::clone(&space),
        lives_max: config.lives_max as usize,
        waiting: BTreeMap::new(),
        last_request: RequestId(place as u64),
        request_stride: count as u64,
        leaving: None,
        outputs: Vec::new(),
        tap,
        leaders: [(Epoch::ZERO, None); PARTITIONS as usize],
        metrics: Arc::clone(&metrics),
        leaderless_since: [Some(Instant::now()); PARTITIONS as usize],
    };
    let owners = parts.enumerate().map(owner).collect();
    Ok((owners, wal))
}

/// The timers that recovery has armed, of each owner. They are recorded before there are several recorders: all that the node
/// was asked for so far is done then.
fn armed(
    config: &ServerConfig,
    inbox: &Inbox,
    outputs: Vec<Output>,
    mut tap: Option<&mut Recorder>,
) -> Vec<Timers> {
    let now = Instant::now();
    let mut timers: Vec<Timers> = (0..inbox.owners()).map(|_| Timers::new(config.timing)).collect();
    for output in outputs {
        let Output::Arm { partition, timer } = output else {
            unreachable!("nothing else is asked for before there is an input");
        };
        timers[inbox.owner_of(partition)].arm(partition, timer, now);
        if let Some(tap) = &mut tap {
            tap.armed(partition, timer);
        }
    }
    if let Some(tap) = tap {
        tap.performed();
    }
    timers
}
