//! Checking scopes, and saying what came of it: exhaustively, with Stateright's depth-first search; those of the set
//! `deep` by random walks.

mod progress;

pub use progress::{Progress, Stage};

use crate::coverage;
use crate::interrupt;
use crate::memory;
use crate::observe::Observed;
use crate::recovery::{self, Recovery};
use crate::scope::Scope;
use crate::set::Set;
use crate::shortest;
use crate::system::System;
use crate::trace::Trace;
use crate::walks::{self, Walks};
use crate::{properties, witnesses};
use katakv_core::Sound;
use stateright::{Checker, Model};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often the search is looked at.
const POLL: Duration = Duration::from_millis(20);

/// What became of one scope.
pub struct ScopeReport {
    /// The scope.
    pub scope: Scope,
    /// States generated, repetitions included.
    pub states: usize,
    /// Unique states: up to renaming, if the scope says so.
    pub unique: usize,
    /// Unique states that were met and not looked at, when the search ended before it was through.
    pub left: usize,
    /// The longest path that was walked.
    pub depth: usize,
    /// How long it took.
    pub seconds: f64,
    /// The highest resident memory of the process that was seen meanwhile.
    pub memory_mib: u64,
    /// Whether every state of the scope was seen.
    pub exhausted: bool,
    /// The random walks that were taken instead of an exhaustive search.
    pub walks: Option<Walks>,
    /// The properties that are violated somewhere.
    pub violated: Vec<&'static str>,
    /// The witnesses that the scope must show and did not.
    pub missing: Vec<&'static str>,
    /// The witnesses that were looked for and seen.
    pub shown: Vec<&'static str>,
    /// From which states the replicas find together again, in the scopes that ask for it.
    pub recovery: Option<Recovery>,
    /// What has occurred of all that can, if that was asked for.
    pub coverage: Option<coverage::Seen>,
    /// A way to a violation, if there is one: the shortest, or the walk that met it.
    pub counterexample: Option<Trace>,
}

impl ScopeReport {
    /// Whether everything holds, everything was seen, and nothing is missing.
    pub fn passes(&self) -> bool {
        self.verdict() == Verdict::Holds
    }

    /// What came of it, in one word.
    pub fn verdict(&self) -> Verdict {
        let is_stuck = self.recovery.as_ref().is_some_and(|recovery| recovery.stuck > 0);
        if !self.violated.is_empty() || is_stuck || (self.exhausted && !self.missing.is_empty()) {
            Verdict::Fails
        } else if self.exhausted {
            Verdict::Holds
        } else {
            Verdict::NotExhausted
        }
    }

    /// The probability that two of the unique states had the same 64-bit fingerprint, so that one of them was
    /// not looked at: the birthday bound.
    pub fn collision_probability(&self) -> f64 {
        let unique = self.unique as f64;
        unique * unique / 2.0 / 2f64.powi(64)
    }
}

/// What came of a scope; of several, the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything holds in every state of it, and nothing that had to be seen is missing.
    Holds,
    /// Nothing was found, but not every state was looked at.
    NotExhausted,
    /// A property is violated, a state is stuck, or a witness is missing although every state was seen.
    Fails,
}

/// How a search is done.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Threads to search with.
    pub threads: usize,
    /// What random walks follow from.
    pub seed: u64,
    /// The number of the first random walk: where an earlier search stood.
    pub from: u64,
    /// Whether it is noted what occurs.
    pub coverage: bool,
    /// Seconds for a scope, instead of what it says itself.
    pub seconds_max: Option<u64>,
}

impl How {
    /// On `threads`, for as long as the scopes say.
    pub fn on(threads: usize) -> How {
        How {
            threads,
            seed: 0,
            from: 0,
            coverage: false,
            seconds_max: None,
        }
    }
}

/// Checks `scopes` one after the other under the sound rules, until an end is asked for.
pub fn run(scopes: &[Scope], how: How, mut progress: impl FnMut(&Scope, Stage) + Send) -> Vec<ScopeReport> {
    let check = |scope: &Scope| {
        let mut scope = *scope;
        scope.stop.seconds_max = how.seconds_max.unwrap_or(scope.stop.seconds_max);
        let system = if how.coverage {
            System::covering(scope)
        } else {
            System::new(scope, &Sound)
        };
        if scope.set == Set::Deep {
            return walk(&system, how, |so_far| progress(&scope, Stage::Search(so_far)));
        }
        let mut report = exhaust(system, how.threads, |so_far| {
            progress(&scope, Stage::Search(so_far))
        });
        if !report.violated.is_empty() {
            report.counterexample = counterexample(&scope);
        } else if scope.recovers && report.exhausted {
            report.recovery = recovers(&scope, report.unique, |stage| progress(&scope, stage));
            let nearest = report.recovery.as_ref().map(|recovery| &recovery.nearest);
            report.counterexample = nearest.cloned().flatten();
        }
        report
    };
    let goes_on = |_: &&Scope| !interrupt::requested();
    scopes.iter().take_while(goes_on).map(check).collect()
}

/// From which of a scope's `of` states the replicas find together again, unless an end is asked for.
fn recovers(scope: &Scope, of: usize, mut progress: impl FnMut(Stage)) -> Option<Recovery> {
    let (started, mut told) = (Instant::now(), Instant::now());
    recovery::of_until(&System::new(*scope, &Sound), None, |unique| {
        if told.elapsed() > POLL {
            told = Instant::now();
            progress(Stage::Recovery {
                unique,
                of,
                seconds: started.elapsed().as_secs_f64(),
                memory_mib: memory::resident_mib(),
            });
        }
        match interrupt::requested() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })
}

/// Walks at random through a system until a limit of its scope or a violated property ends it.
pub fn walk(system: &System, how: How, progress: impl FnMut(Progress) + Send) -> ScopeReport {
    let started = Instant::now();
    let walked = walks::walk(system, how, progress);
    let trace = |steps| Trace {
        scope: system.scope.name.into(),
        mutant: None,
        steps,
    };
    ScopeReport {
        states: walked.steps,
        unique: walked.unique,
        depth: walked.depth,
        exhausted: false,
        walks: Some(walked.walks),
        counterexample: walked.violation.map(trace),
        ..report(system, started)
    }
}

/// Sees every state of a system, unless a limit of its scope or a violated property ends the search.
pub fn exhaust(system: System, threads: usize, mut progress: impl FnMut(Progress)) -> ScopeReport {
    let scope = system.scope;
    let started = Instant::now();
    let mut memory_mib = memory::resident_mib();
    let checker = system.checker().threads(threads).spawn_dfs();
    while !checker.is_done() {
        std::thread::sleep(POLL.min(started.elapsed() / 4));
        let looked_at = checker.model().observed.looked_at.load(Ordering::Relaxed);
        let unique = checker.unique_state_count();
        let so_far = Progress {
            unique,
            states: checker.state_count(),
            queue: Some(unique.saturating_sub(looked_at)),
            depth: checker.max_depth(),
            seconds: started.elapsed().as_secs_f64(),
            seconds_max: scope.stop.seconds_max,
            memory_mib: memory::resident_mib(),
        };
        memory_mib = memory_mib.max(so_far.memory_mib);
        if so_far.is_beyond(&scope.stop) {
            checker.model().observed.stop.store(true, Ordering::Relaxed);
        }
        progress(so_far);
    }
    let checker = checker.join();
    let system = checker.model();
    let report = report(system, started);
    let left = checker.unique_state_count() - system.observed.looked_at.load(Ordering::Relaxed);
    ScopeReport {
        states: checker.state_count(),
        unique: checker.unique_state_count(),
        left,
        depth: checker.max_depth(),
        memory_mib: memory_mib.max(report.memory_mib),
        exhausted: report.violated.is_empty() && left == 0,
        ..report
    }
}

/// What a search of `system` has observed, without what only the search itself knows.
fn report(system: &System, started: Instant) -> ScopeReport {
    let observed = &system.observed;
    let bits = |bits: &AtomicU64| bits.load(Ordering::Relaxed);
    ScopeReport {
        scope: system.scope,
        states: 0,
        unique: 0,
        left: 0,
        depth: 0,
        seconds: started.elapsed().as_secs_f64(),
        memory_mib: memory::resident_mib(),
        exhausted: false,
        walks: None,
        violated: properties::names(bits(&observed.violated)),
        missing: missing(&system.scope, observed),
        shown: witnesses::names(observed.witnessed.bits()),
        recovery: None,
        coverage: system
            .coverage
            .map(|coverage| coverage.seen(observed.witnessed.bits())),
        counterexample: None,
    }
}

fn missing(scope: &Scope, observed: &Observed) -> Vec<&'static str> {
    let is_missing = |name: &&str| {
        let place = witnesses::place(name).expect("a scope names witnesses that exist");
        !observed.witnessed.has(place)
    };
    scope.shows.iter().copied().filter(is_missing).collect()
}

fn counterexample(scope: &Scope) -> Option<Trace> {
    let system = System::new(*scope, &Sound);
    let search = shortest::search(&system, shortest::UNIQUE_MAX, |state| {
        properties::violated(&system, state) != 0
    });
    search.found.map(|(steps, _)| Trace {
        scope: scope.name.into(),
        mutant: None,
        steps,
    })
}
