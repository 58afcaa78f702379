//! Recoverability: whatever has happened, the replicas find together again as soon as machines, disks and the network let them.
//!
//! A state is *recovered* if a leader serves that has every write acknowledged at quorum, the other two follow it and have applied all
//! that it has, and all three are members. From every state of a scope such a one has to be reachable by *fair* steps alone: deliveries, syncs and timers; no
//! crash, no client.
//!
//! The graph of the scope is recorded, state by state and edge by edge, and walked backwards. (Stateright's `eventually` misses cycles, and ways
//! that join; its visitors see states, not edges.) But a scope's budgets end: in its last epoch no timer fires any more. So a state in which nothing
//! is under way and nothing is to be synced is *repaired* beyond them: timers fire, one at a time, and after each everything arrives
//! and everything is synced. It is recoverable if so few timers as [`TIMERS_MAX`] can do it, of whichever replicas. Any other state
//! leads to such ones by deliveries and syncs, which no budget counts. Each of those is a state of the scope, so it is looked at as well: what gets
//! stuck in only one of several orders is found.

use crate::action::Action;
use crate::ledger::Ledger;
use crate::shortest;
use crate::state::State;
use crate::system::System;
use crate::trace::Trace;
use katakv_core::{AckLevel, Log};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

/// How many timers may fire until the replicas have found together again.
pub const TIMERS_MAX: usize = 6;

/// How many messages may be delivered, and records synced, until nothing is under way. More means that they go in circles.
const SETTLING_MAX: usize = 1_000;

/// What it is called where it notices a mutant.
pub const NAME: &str = "recoverability";

/// From which states of a scope the replicas find together again.
pub struct Recovery {
    /// Unique states looked at.
    pub states: usize,
    /// How many of them do not lead to a recovered one.
    pub stuck: usize,
    /// How many timers it takes at most, where it can be done and nothing is under way.
    pub timers: usize,
    /// The shortest way to a state that does not.
    pub nearest: Option<Trace>,
}

/// Looks at every state of the system's scope. `mutant` is the name of what its rules get wrong, for the trace.
pub fn of(system: &System, mutant: Option<&str>) -> Recovery {
    of_until(system, mutant, |_| ControlFlow::Continue(())).expect("nobody asks for an end")
}

/// The same, unless `look` asks for an end: it is told, with each state, how many unique ones there were.
pub fn of_until(
    system: &System,
    mutant: Option<&str>,
    mut look: impl FnMut(usize) -> ControlFlow<()>,
) -> Option<Recovery> {
    let mut graph = Graph::default();
    let mut repair = Repair::new(system);
    let is_whole = shortest::breadth_first(system, |met| {
        if met.is_new {
            look(graph.digests.len() + 1)?;
            let needed = repair.of(met.state);
            graph.add(met.state.digest(), needed.is_some());
            graph.timers = graph.timers.max(needed.unwrap_or(0));
        }
        if let Some(step) = &met.step
            && is_fair(step.action)
        {
            graph.edge(met.from, met.state.digest());
        }
        ControlFlow::Continue(())
    });
    if !is_whole {
        return None;
    }
    graph.walk_back();
    let stuck = graph.recovers.iter().filter(|recovers| !**recovers).count();
    let nearest = graph.recovers.iter().position(|recovers| !recovers).map(|place| {
        let digest = graph.digests[place];
        let found = shortest::search(system, usize::MAX, |state| state.digest() == digest).found;
        Trace {
            scope: system.scope.name.into(),
            mutant: mutant.map(Into::into),
            steps: found.map(|(steps, _)| steps).unwrap_or_default(),
        }
    });
    Some(Recovery {
        states: graph.digests.len(),
        stuck,
        timers: graph.timers,
        nearest,
    })
}

fn is_fair(action: &Action) -> bool {
    matches!(
        action,
        Action::Deliver { .. } | Action::Sync { .. } | Action::Timeout { .. }
    )
}

/// The states of a scope by their place in the order of the search, and the fair steps between them.
#[derive(Default)]
struct Graph {
    digests: Vec<u64>,
    places: HashMap<u64, u32>,
    recovers: Vec<bool>,
    edges: Vec<(u32, u32)>,
    timers: usize,
}

impl Graph {
    fn add(&mut self, digest: u64, recovers: bool) {
        self.places.insert(digest, self.digests.len() as u32);
        self.digests.push(digest);
        self.recovers.push(recovers);
    }

    fn edge(&mut self, from: usize, to: u64) {
        let (from, to) = (from as u32, self.places[&to]);
        if from != to {
            self.edges.push((to, from));
        }
    }

    /// Whatever leads to a state that recovers, recovers.
    fn walk_back(&mut self) {
        self.edges.sort_unstable();
        let mut known: Vec<u32> = (0..self.recovers.len() as u32)
            .filter(|place| self.recovers[*place as usize])
            .collect();
        while let Some(place) = known.pop() {
            let first = self.edges.partition_point(|(to, _)| *to < place);
            for (_, from) in self.edges[first..].iter().take_while(|(to, _)| *to == place) {
                if !std::mem::replace(&mut self.recovers[*from as usize], true) {
                    known.push(*from);
                }
            }
        }
    }
}

/// Repairs states in which nothing is under way.
struct Repair<'a> {
    system: &'a System,
    /// How many timers it takes, by state without its budgets.
    known: HashMap<u64, Option<usize>>,
}

impl<'a> Repair<'a> {
    fn new(system: &'a System) -> Repair<'a> {
        Repair {
            system,
            known: HashMap::new(),
        }
    }

    /// How many timers it takes until the replicas have found together; `None` if messages or syncs have to come first, or if
    /// it cannot be done.
    fn of(&mut self, state: &State) -> Option<usize> {
        if self.system.settling(state).is_some() {
            return None;
        }
        let state = without_budgets(self.system, state);
        if let Some(known) = self.known.get(&state.digest()) {
            return *known;
        }
        let digest = state.digest();
        let needed = self.repaired(state);
        self.known.insert(digest, needed);
        needed
    }

    fn repaired(&self, state: State) -> Option<usize> {
        let mut seen = HashSet::from([state.digest()]);
        let mut nearest = vec![state];
        for timers in 0..=TIMERS_MAX {
            if nearest.iter().any(|state| is_recovered(self.system, state)) {
                return Some(timers);
            }
            let fired = nearest.iter().flat_map(|state| {
                let timeouts = state.replicas.iter().map(|replica| Action::Timeout {
                    node: replica.node().id(),
                    timer: replica.timer(),
                });
                timeouts.filter_map(move |timeout| self.system.perform(state, &timeout))
            });
            let settled = fired.filter_map(|outcome| self.settled(outcome.state));
            nearest = settled.filter(|state| seen.insert(state.digest())).collect();
        }
        None
    }

    /// The state when everything has arrived and is synced.
    fn settled(&self, mut state: State) -> Option<State> {
        for _ in 0..SETTLING_MAX {
            match self.system.settling(&state) {
                Some(action) => state = self.system.perform(&state, &action)?.state,
                None => return Some(without_budgets(self.system, &state)),
            }
        }
        None
    }
}

/// The same state with nothing of the scope's budgets spent, and without the history that only properties look at.
fn without_budgets(system: &System, state: &State) -> State {
    let mut state = state.clone();
    let ledger = Arc::make_mut(&mut state.ledger);
    *ledger = Ledger {
        acks: std::mem::take(&mut ledger.acks),
        levels: std::mem::take(&mut ledger.levels),
        transactions: std::mem::take(&mut ledger.transactions),
        dropped: std::mem::take(&mut ledger.dropped),
        ..Ledger::default()
    };
    state.seal(system.scope.symmetry);
    state
}

/// Whether a leader serves that has every write acknowledged at quorum, the others follow it and have applied what it has, and
/// nobody is a learner.
fn is_recovered(system: &System, state: &State) -> bool {
    let nodes = || state.replicas.iter().map(|replica| replica.node());
    nodes().any(|leader| {
        let last = leader.log().last();
        let promised = |level| level != AckLevel::Leader;
        let mut acks = state.ledger.acks.iter().filter(|ack| promised(ack.level));
        leader.serving()
            && acks.all(|ack| crate::properties::holds_write(system, state, leader.log(), ack))
            && nodes().all(|node| {
                node.leader() == Some(leader.id())
                    && node.epoch() == leader.epoch()
                    && node.applied() == last
                    && node.standing().is_member()
            })
    })
}
