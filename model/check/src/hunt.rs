//! Hunting mutants: each must be given away by the property, or the missing witness, that is named with it.

use crate::check;
use crate::interrupt;
use crate::mutants::{Killer, Mutant};
use crate::properties;
use crate::recovery;
use crate::scope::Scope;
use crate::scopes;
use crate::shortest;
use crate::system::System;
use crate::trace::Trace;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// How many states a hunt looks at after the kill: what else does not hold there is part of what a mutant is.
const BEYOND: usize = 50_000;

/// What became of one mutant.
pub struct Hunted {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// The properties that the last state of the counterexample violates, or the witnesses that are missing.
    /// Nothing: it survived.
    pub killed_by: Vec<&'static str>,
    /// The properties that are violated farther away and not there, as far as was looked.
    pub also: Vec<&'static str>,
    /// The shortest counterexample, where a property gave it away.
    pub trace: Option<Trace>,
    /// Unique states looked at.
    pub unique: usize,
    /// How long it took.
    pub seconds: f64,
}

impl Hunted {
    /// Whether it was killed, and violates what it is expected to violate.
    pub fn as_expected(&self) -> bool {
        let violates = |name: &&str| self.killed_by.contains(name) || self.also.contains(name);
        self.killed_by.contains(&self.mutant.killed_by.name()) && self.mutant.also.iter().all(violates)
    }

    /// The one property that notices it, if there is only one within what was looked at.
    pub fn noticed_by_one(&self) -> Option<&'static str> {
        match (self.mutant.killed_by, &self.killed_by[..], &self.also[..]) {
            (Killer::Property(_) | Killer::Stuck, [property], []) => Some(property),
            _ => None,
        }
    }
}

/// Hunts one mutant in its scope.
pub fn hunt(mutant: &'static Mutant) -> Hunted {
    let scope = scopes::find(mutant.scope).expect("a mutant names a scope that exists");
    let started = Instant::now();
    let hunted = match mutant.killed_by {
        Killer::Property(_) => by_property(mutant, &scope),
        Killer::Witness(_) => by_witness(mutant, scope),
        Killer::Stuck => by_recovery(mutant, scope),
    };
    Hunted {
        seconds: started.elapsed().as_secs_f64(),
        ..hunted
    }
}

fn by_property(mutant: &'static Mutant, scope: &Scope) -> Hunted {
    let system = System::new(*scope, mutant.rules);
    let all = Cell::new(0);
    let search = shortest::search_on(&system, shortest::UNIQUE_MAX, BEYOND, |state| {
        let violated = properties::violated(&system, state);
        all.set(all.get() | violated);
        violated != 0
    });
    // What it is expected to violate may be farther away than that.
    for property in properties::ALL
        .iter()
        .filter(|property| mutant.also.contains(&property.name))
    {
        if !properties::names(all.get()).contains(&property.name) {
            shortest::search(&system, shortest::UNIQUE_MAX, |state| {
                let violated = properties::violated(&system, state);
                all.set(all.get() | violated);
                !(property.holds)(&system, state)
            });
        }
    }
    let nearest = match &search.found {
        Some((_, state)) => properties::violated(&system, state),
        None => 0,
    };
    let trace = search.found.map(|(steps, _)| Trace {
        scope: scope.name.into(),
        mutant: Some(mutant.name.into()),
        steps,
    });
    Hunted {
        mutant,
        killed_by: properties::names(nearest),
        also: properties::names(all.get() & !nearest),
        trace,
        unique: search.unique,
        seconds: 0.0,
    }
}

fn by_witness(mutant: &'static Mutant, scope: Scope) -> Hunted {
    let report = check::exhaust(System::new(scope, mutant.rules), 1, |_| {});
    // A witness is missing only if every state was looked at.
    let killed_by = if report.exhausted {
        report.missing
    } else {
        report.violated
    };
    Hunted {
        mutant,
        killed_by,
        also: Vec::new(),
        trace: None,
        unique: report.unique,
        seconds: 0.0,
    }
}

fn by_recovery(mutant: &'static Mutant, scope: Scope) -> Hunted {
    let recovery = recovery::of(&System::new(scope, mutant.rules), Some(mutant.name));
    let report = check::exhaust(System::new(scope, mutant.rules), 1, |_| {});
    let stuck = (recovery.stuck > 0).then_some(recovery::NAME);
    Hunted {
        mutant,
        killed_by: stuck.into_iter().collect(),
        // Whatever else gives it away: it need not be the only one.
        also: report.violated.into_iter().chain(report.missing).collect(),
        trace: recovery.nearest,
        unique: recovery.states,
        seconds: 0.0,
    }
}

/// Hunts `mutants`, a few at a time; the results come in the order of the mutants.
pub fn all(mutants: &[&'static Mutant], threads: usize) -> Vec<Hunted> {
    all_until(mutants, threads, |_, _| {})
}

/// The same, until an end is asked for; `progress` is told of each mutant and its place when its hunt begins.
pub fn all_until(
    mutants: &[&'static Mutant],
    threads: usize,
    progress: impl Fn(usize, &Mutant) + Sync,
) -> Vec<Hunted> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut hunts = Vec::new();
        while !interrupt::requested() {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(mutant) = mutants.get(place) else { break };
            progress(place, mutant);
            hunts.push(hunt(mutant));
        }
        hunts
    };
    let mut hunts: Vec<Hunted> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a hunt does not panic"))
            .collect()
    });
    let place = |hunted: &Hunted| {
        mutants
            .iter()
            .position(|mutant| mutant.name == hunted.mutant.name)
    };
    hunts.sort_by_key(place);
    hunts
}
