//! Random walks through a scope that is too large to be exhausted.
//!
//! Each walk has a number and goes where the seed and that number send it, so a finding is found again, on however
//! many threads, and a search that was stopped goes on at the number where it stood. Walks do not end early where
//! another has been: the same state may have a different way on.

use crate::action::Action;
use crate::check::{How, Progress};
use crate::digest::{Digests, mix};
use crate::memory;
use crate::perform::Outcome;
use crate::properties;
use crate::state::State;
use crate::system::System;
use crate::witnesses::{self, Step};
use serde::Serialize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// No walk is longer: budgets are spent long before, and only repetitions would follow.
const STEPS_MAX: usize = 400;

/// Sets of digests with a lock each, so that threads seldom wait for each other.
const SHARDS: usize = 64;

/// How often the bounds are looked at, in walks of a thread.
const LOOK_EVERY: u64 = 64;

/// Which walks are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Walks {
    /// What the walks follow from.
    pub seed: u64,
    /// The number of the first.
    pub from: u64,
    /// The number after the last.
    pub to: u64,
}

/// What was seen on them.
pub(crate) struct Walked {
    pub(crate) walks: Walks,
    pub(crate) steps: usize,
    pub(crate) unique: usize,
    pub(crate) depth: usize,
    /// The way to the first violation: that of the walk with the lowest number among those taken.
    pub(crate) violation: Option<Vec<Action>>,
}

/// The way that a walk takes: the seed and its number decide at every fork.
struct Way {
    random: u64,
    actions: Vec<Action>,
}

impl Way {
    fn new(seed: u64, number: u64) -> Way {
        Way {
            random: mix([seed, number]),
            actions: Vec::new(),
        }
    }

    /// The step from `state`, unless nothing is possible there.
    fn step(&mut self, system: &System, state: &State) -> Option<(Action, Outcome)> {
        self.actions.clear();
        system.enabled(state, &mut self.actions);
        while !self.actions.is_empty() {
            let count = self.actions.len() as u64;
            self.random = mix([self.random, count]);
            let action = self.actions.swap_remove((self.random % count) as usize);
            if let Some(outcome) = system.perform(state, &action) {
                return Some((action, outcome));
            }
        }
        None
    }
}

/// The first steps of the walk numbered `number`, at most `steps_max` of them.
pub(crate) fn path(system: &System, seed: u64, number: u64, steps_max: usize) -> Vec<Action> {
    let (mut way, mut state) = (Way::new(seed, number), system.initial());
    let steps = std::iter::from_fn(|| {
        let (action, outcome) = way.step(system, &state)?;
        state = outcome.state;
        Some(action)
    });
    steps.take(steps_max.min(STEPS_MAX)).collect()
}

/// Walks until the scope's limits are reached or a property is violated.
pub(crate) fn walk(system: &System, how: How, progress: impl FnMut(Progress) + Send) -> Walked {
    let How { seed, from, .. } = how;
    let search = Search {
        system,
        seed,
        started: Instant::now(),
        next: AtomicU64::new(from),
        steps: AtomicUsize::new(0),
        unique: AtomicUsize::new(0),
        depth: AtomicUsize::new(0),
        seen: std::array::from_fn(|_| Mutex::default()),
        stop: AtomicBool::new(false),
        violation: Mutex::new(None),
        progress: Mutex::new(progress),
    };
    std::thread::scope(|scope| {
        for _ in 0..how.threads {
            scope.spawn(|| search.run());
        }
    });
    let violation = search.violation.into_inner().expect("no thread has panicked");
    Walked {
        walks: Walks {
            seed,
            from,
            to: search.next.into_inner(),
        },
        steps: search.steps.into_inner(),
        unique: search.unique.into_inner(),
        depth: search.depth.into_inner(),
        violation: violation.map(|(_, steps)| steps),
    }
}

struct Search<'a, P> {
    system: &'a System,
    seed: u64,
    started: Instant,
    next: AtomicU64,
    steps: AtomicUsize,
    unique: AtomicUsize,
    depth: AtomicUsize,
    seen: [Mutex<Digests>; SHARDS],
    /// Unlike the system's own, it lets a walk come to its end.
    stop: AtomicBool,
    violation: Mutex<Option<(u64, Vec<Action>)>>,
    progress: Mutex<P>,
}

impl<P: FnMut(Progress)> Search<'_, P> {
    fn run(&self) {
        let mut taken = 0;
        while !self.stop.load(Ordering::Relaxed) {
            self.one(self.next.fetch_add(1, Ordering::Relaxed));
            taken += 1;
            if taken % LOOK_EVERY == 0 {
                self.look();
            }
        }
    }

    /// The walk numbered `number`.
    fn one(&self, number: u64) {
        let mut way = Way::new(self.seed, number);
        let mut state = self.system.initial();
        let mut path = Vec::new();
        while path.len() < STEPS_MAX {
            let Some((action, outcome)) = way.step(self.system, &state) else {
                break;
            };
            let before = &state;
            witnesses::observe_step(
                self.system,
                &Step {
                    before,
                    action: &action,
                    outcome: &outcome,
                },
            );
            state = outcome.state;
            path.push(action);
            let new = self.remember(state.digest());
            if new && properties::observe(self.system, &state) != 0 {
                self.found(number, path);
                return;
            }
        }
        self.steps.fetch_add(path.len(), Ordering::Relaxed);
        self.depth.fetch_max(path.len(), Ordering::Relaxed);
    }

    /// Whether the state is new. What is remembered is only that it was judged.
    fn remember(&self, digest: u64) -> bool {
        let shard = &self.seen[(digest % SHARDS as u64) as usize];
        let new = shard.lock().expect("no thread has panicked").insert(digest);
        self.unique.fetch_add(usize::from(new), Ordering::Relaxed);
        new
    }

    fn found(&self, number: u64, path: Vec<Action>) {
        self.stop.store(true, Ordering::Relaxed);
        let mut violation = self.violation.lock().expect("no thread has panicked");
        if violation.as_ref().is_none_or(|(first, _)| number < *first) {
            *violation = Some((number, path));
        }
    }

    fn look(&self) {
        let limits = self.system.scope.stop;
        let so_far = Progress {
            unique: self.unique.load(Ordering::Relaxed),
            states: self.steps.load(Ordering::Relaxed),
            queue: None,
            depth: self.depth.load(Ordering::Relaxed),
            seconds: self.started.elapsed().as_secs_f64(),
            seconds_max: limits.seconds_max,
            memory_mib: memory::resident_mib(),
        };
        if so_far.is_beyond(&limits) {
            self.stop.store(true, Ordering::Relaxed);
        }
        // Who does not get to tell does not wait for it.
        if let Ok(mut progress) = self.progress.try_lock() {
            progress(so_far);
        }
    }
}
