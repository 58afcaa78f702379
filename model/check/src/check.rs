//! Checking scopes exhaustively, with Stateright's depth-first search, and saying what came of it.

use crate::memory;
use crate::observe::Observed;
use crate::scope::Scope;
use crate::shortest;
use crate::system::System;
use crate::trace::Trace;
use crate::{properties, witnesses};
use katakv_core::Sound;
use stateright::{Checker, Model};
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
    /// The longest path that was walked.
    pub depth: usize,
    /// How long it took.
    pub seconds: f64,
    /// The highest resident memory of the process that was seen meanwhile.
    pub memory_mib: u64,
    /// Whether every state of the scope was seen.
    pub exhausted: bool,
    /// The properties that are violated somewhere.
    pub violated: Vec<&'static str>,
    /// The witnesses that the scope must show and did not.
    pub missing: Vec<&'static str>,
    /// The witnesses that were seen.
    pub shown: Vec<&'static str>,
    /// The shortest way to a violation, if there is one and it was found.
    pub counterexample: Option<Trace>,
}

impl ScopeReport {
    /// Whether everything holds, everything was seen, and nothing is missing.
    pub fn passes(&self) -> bool {
        self.exhausted && self.violated.is_empty() && self.missing.is_empty()
    }

    /// The probability that two of the unique states had the same 64-bit fingerprint, so that one of them was
    /// not looked at: the birthday bound.
    pub fn collision_probability(&self) -> f64 {
        let unique = self.unique as f64;
        unique * unique / 2.0 / 2f64.powi(64)
    }
}

/// How far a search is.
pub struct Progress {
    /// Unique states so far.
    pub unique: usize,
    /// States so far.
    pub states: usize,
    /// Seconds so far.
    pub seconds: f64,
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Progress {
            states,
            unique,
            seconds,
        } = self;
        write!(f, "{states} states, {unique} unique, {seconds:.0} s")
    }
}

/// Checks `scopes` one after the other under the sound rules.
pub fn run(scopes: &[Scope], threads: usize, mut progress: impl FnMut(&Scope, Progress)) -> Vec<ScopeReport> {
    let check = |scope: &Scope| {
        let system = System::new(*scope, &Sound);
        let mut report = exhaust(system, threads, |so_far| progress(scope, so_far));
        if !report.violated.is_empty() {
            report.counterexample = counterexample(scope);
        }
        report
    };
    scopes.iter().map(check).collect()
}

/// Sees every state of a system, unless a limit of its scope or a violated property ends the search.
pub fn exhaust(system: System, threads: usize, mut progress: impl FnMut(Progress)) -> ScopeReport {
    let scope = system.scope;
    let started = Instant::now();
    let mut memory_mib = memory::resident_mib();
    let checker = system.checker().threads(threads).spawn_dfs();
    while !checker.is_done() {
        std::thread::sleep(POLL.min(started.elapsed() / 4));
        memory_mib = memory_mib.max(memory::resident_mib());
        let so_far = Progress {
            unique: checker.unique_state_count(),
            states: checker.state_count(),
            seconds: started.elapsed().as_secs_f64(),
        };
        let beyond = so_far.unique > scope.stop.states_max
            || so_far.seconds > scope.stop.seconds_max as f64
            || memory_mib > scope.stop.memory_mib_max;
        if beyond {
            checker.model().observed.stop.store(true, Ordering::Relaxed);
        }
        progress(so_far);
    }
    let checker = checker.join();
    let observed = &checker.model().observed;
    let bits = |bits: &AtomicU64| bits.load(Ordering::Relaxed);
    let violated = bits(&observed.violated);
    ScopeReport {
        scope,
        states: checker.state_count(),
        unique: checker.unique_state_count(),
        depth: checker.max_depth(),
        seconds: started.elapsed().as_secs_f64(),
        memory_mib,
        exhausted: violated == 0 && !observed.stop.load(Ordering::Relaxed),
        violated: properties::names(violated),
        missing: missing(&scope, observed),
        shown: witnesses::names(bits(&observed.witnessed)),
        counterexample: None,
    }
}

fn missing(scope: &Scope, observed: &Observed) -> Vec<&'static str> {
    let is_missing = |name: &&str| {
        let place = witnesses::place(name).expect("a scope names witnesses that exist");
        !Observed::has(&observed.witnessed, place)
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
