//! Replaying traces on real nodes, in lockstep with the model: after each step the whole state is compared, and what may come next.

use crate::graph::Class;
use crate::real::{Parting, RealCluster};
use katakv_model::quiet::quietly;
use katakv_model::{Action, Outcome, State, System, Trace};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What was replayed.
#[derive(Default)]
pub struct Coverage {
    /// Traces.
    pub traces: usize,
    /// Steps, each followed by a comparison of all three nodes.
    pub steps: usize,
    /// How many steps each trace had, and how long it took.
    pub times: Vec<(usize, Duration)>,
    /// The edges that were taken, by scope, the state before and the action.
    taken: HashMap<(String, u64, String), Class>,
}

impl Coverage {
    /// How many edges of the graph were taken, by class.
    pub fn edges(&self) -> BTreeMap<Class, usize> {
        self.taken.values().fold(BTreeMap::new(), |mut edges, class| {
            *edges.entry(*class).or_default() += 1;
            edges
        })
    }

    /// How many edges of one scope's graph were taken.
    pub fn edges_of(&self, scope: &str) -> usize {
        self.taken.keys().filter(|(of, _, _)| of == scope).count()
    }

    /// How long a trace of about forty steps takes: the median, and the time that 99 of 100 stay below. `None` without any.
    pub fn time_of_forty_steps(&self) -> Option<[Duration; 2]> {
        let about_forty = |(steps, _): &&(usize, Duration)| (36..=44).contains(steps);
        let mut times: Vec<Duration> = self
            .times
            .iter()
            .filter(about_forty)
            .map(|(_, took)| *took)
            .collect();
        times.sort();
        let last = times.len().checked_sub(1)?;
        Some([times[last / 2], times[last * 99 / 100]])
    }

    fn merge(mut self, other: Coverage) -> Coverage {
        self.traces += other.traces;
        self.steps += other.steps;
        self.times.extend(other.times);
        self.taken.extend(other.taken);
        self
    }
}

/// Where model and real nodes part.
#[derive(Debug)]
pub struct Divergence {
    /// Which trace, counted from zero.
    pub trace: usize,
    /// After how many steps of it.
    pub step: usize,
    /// The step, in words.
    pub action: String,
    /// How they part.
    pub parting: Parting,
}

impl std::error::Error for Divergence {}

impl std::fmt::Display for Divergence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Divergence {
            trace,
            step,
            action,
            parting,
        } = self;
        write!(f, "trace {trace}, step {step}, {action}: {parting}")
    }
}

/// Replays `traces`, a share each on `workers` clusters of three real nodes with directories below `home`. Of each share,
/// the first divergence ends it; the first of those is the result. Calls `progress` with the number of traces done.
///
/// The model obeys the trace's rules; real nodes obey the sound ones, so a mutant's trace ends in a divergence.
pub fn replay(
    traces: &[Trace],
    home: &Path,
    workers: usize,
    progress: impl Fn(usize) + Sync,
) -> Result<Coverage, Box<Divergence>> {
    let done = AtomicUsize::new(0);
    let share = |worker: usize| -> Result<Coverage, Box<Divergence>> {
        let (from, to) = (
            worker * traces.len() / workers,
            (worker + 1) * traces.len() / workers,
        );
        let mut harness = Harness::new(home.join(format!("worker-{worker}")));
        for (place, trace) in traces.iter().enumerate().take(to).skip(from) {
            harness.replay(place, trace)?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
        Ok(harness.coverage)
    };
    let shares: Vec<_> = std::thread::scope(|threads| {
        let share = &share;
        let started: Vec<_> = (0..workers)
            .map(|worker| threads.spawn(move || share(worker)))
            .collect();
        started
            .into_iter()
            .map(|thread| thread.join().expect("a replay does not panic"))
            .collect()
    });
    shares
        .into_iter()
        .try_fold(Coverage::default(), |sum, share| Ok(sum.merge(share?)))
}

/// A model and three real nodes, kept from trace to trace for as long as they can be used.
pub struct Harness {
    home: PathBuf,
    system: Option<(Trace, System)>,
    cluster: Option<RealCluster>,
    clusters: usize,
    coverage: Coverage,
    /// Lends its memory.
    enabled: Vec<Action>,
}

impl Harness {
    /// With nodes below `home`.
    pub fn new(home: PathBuf) -> Harness {
        Harness {
            home,
            system: None,
            cluster: None,
            clusters: 0,
            coverage: Coverage::default(),
            enabled: Vec::new(),
        }
    }

    /// Replays one trace, which is called `place` if it diverges.
    pub fn replay(&mut self, place: usize, trace: &Trace) -> Result<(), Box<Divergence>> {
        let started = Instant::now();
        let diverged = |step, action: &dyn std::fmt::Display, parting| {
            let action = action.to_string();
            Box::new(Divergence {
                trace: place,
                step,
                action,
                parting,
            })
        };
        self.prepare(trace)
            .map_err(|parting| diverged(0, &"before the first step", parting))?;
        let (Some((_, system)), Some(cluster)) = (&self.system, &mut self.cluster) else {
            unreachable!("both were just prepared");
        };
        let prelude = system.prelude();
        let mut state = system.empty();
        let enabled = &mut self.enabled;
        enabled.clear();
        system.enabled(&state, enabled);
        cluster
            .same_offers(enabled)
            .map_err(|parting| diverged(0, &"before the first step", parting))?;
        for (taken, action) in prelude.iter().chain(&trace.steps).enumerate() {
            let parted = |parting| diverged((taken + 1).saturating_sub(prelude.len()), action, parting);
            let outcome = possible(system, &state, action, enabled);
            let outcome = outcome.ok_or_else(|| parted(Parting::Impossible))?;
            // Of what a mistake can lead to, it is the one that needs no comparison.
            let performed = quietly(|| cluster.perform(system, action, &outcome));
            performed.unwrap_or(Err(Parting::Assertion)).map_err(parted)?;
            self.coverage.steps += 1;
            if taken >= prelude.len() {
                let edge = (trace.scope.clone(), state.digest(), action.to_string());
                self.coverage.taken.insert(edge, Class::of(action));
            }
            state = outcome.state;
            enabled.clear();
            system.enabled(&state, enabled);
            cluster.same_offers(enabled).map_err(parted)?;
        }
        let steps = prelude.len() + trace.steps.len();
        self.coverage.times.push((steps, started.elapsed()));
        self.coverage.traces += 1;
        Ok(())
    }

    /// Has the trace's model at hand, and three nodes with a partition that is as new.
    fn prepare(&mut self, trace: &Trace) -> Result<(), Parting> {
        let same =
            |(other, _): &(Trace, System)| (&other.scope, &other.mutant) == (&trace.scope, &trace.mutant);
        if !self.system.as_ref().is_some_and(same) {
            let named = Trace {
                steps: Vec::new(),
                ..trace.clone()
            };
            self.system = Some((named, trace.system()?));
            self.cluster = None;
        }
        if let Some(cluster) = &mut self.cluster
            && cluster.next_partition()?
        {
            return Ok(());
        }
        // The nodes before are closed first: what they held has been compared, and is not needed any more.
        self.cluster = None;
        self.clusters += 1;
        let home = self.home.join(self.clusters.to_string());
        remove_others(&home);
        let scope = self
            .system
            .as_ref()
            .map(|(_, system)| system.scope)
            .expect("it was just found");
        self.cluster = Some(RealCluster::new(&home, scope)?);
        Ok(())
    }
}

/// What comes of `action` in `state`, if it is among what is possible there: a trace may come from anywhere.
fn possible(system: &System, state: &State, action: &Action, enabled: &[Action]) -> Option<Outcome> {
    enabled
        .contains(action)
        .then(|| system.perform(state, action))
        .flatten()
}

/// Removes the directories beside `current`.
fn remove_others(current: &Path) {
    let Some(entries) = current.parent().and_then(|home| std::fs::read_dir(home).ok()) else {
        return;
    };
    for entry in entries.flatten().filter(|entry| entry.path() != current) {
        // One that cannot be removed only takes space.
        let _ = std::fs::remove_dir_all(entry.path());
    }
}
