//! The state graph of a scope, recorded: every state, every edge, and which class of fault an edge is.
//!
//! Stateright's visitors see states, not edges, so the graph is walked here. A state stands for its renamings, as in the
//! checker. An edge that leads to a renaming of the state that it is drawn to, and not to that very state, is the last
//! of a path: what follows it there has other names.

use katakv_model::{Action, Outcome, Scope, State, StoreFate, System};
use serde::{Serialize, Serializer};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// A scope's graph, in breadth-first order from its one initial state.
pub struct Graph {
    /// The edges of each state, in an order that depends on nothing but the scope.
    pub edges: Vec<Vec<Edge>>,
    /// How each state but the first was found first: from which state, by which of its edges.
    pub found: Vec<Option<Step>>,
}

/// An action that changes the state.
pub struct Edge {
    /// What happens.
    pub action: Action,
    /// The state that it leads to, or a renaming of which it leads to.
    pub to: usize,
    /// Whether it leads to that very state.
    pub exact: bool,
}

/// What kind of thing an edge is, for the coverage table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A message arrives.
    Delivery,
    /// A timer fires.
    Timeout,
    /// A record becomes durable.
    Sync,
    /// Clients write.
    Write,
    /// A client reads, linearizably.
    Read,
    /// A crash that loses no record.
    CrashKeepsAll,
    /// A crash that loses records.
    CrashLosesRecords,
    /// A crash that loses the applied store.
    CrashLosesStore,
    /// A log is compacted.
    Compaction,
    /// A disk is lost, or a synced record is damaged.
    Loss,
    /// A leader is asked to hand over.
    Transfer,
    /// Something happens that must change nothing.
    Idle,
    /// The router hears of an election, or forgets.
    Router,
    /// A clock goes on, or keys expire.
    Time,
}

impl Class {
    /// The class of an action.
    pub fn of(action: &Action) -> Class {
        match action {
            Action::Deliver { .. } => Class::Delivery,
            Action::Timeout { .. } => Class::Timeout,
            Action::Sync { .. } => Class::Sync,
            Action::Read { .. } => Class::Read,
            Action::Write { .. }
            | Action::Transact { .. }
            | Action::Once { .. }
            | Action::Register { .. }
            | Action::Ask { .. } => Class::Write,
            Action::Crash {
                store: StoreFate::Lost,
                ..
            } => Class::CrashLosesStore,
            Action::Crash { keep, of, .. } if keep < of => Class::CrashLosesRecords,
            Action::Crash { .. } => Class::CrashKeepsAll,
            Action::Compact { .. } => Class::Compaction,
            Action::Transfer { .. } => Class::Transfer,
            Action::Tick { .. } | Action::Expire { .. } => Class::Time,
            Action::Idle { .. } => Class::Idle,
            Action::Lose { .. } => Class::Loss,
            Action::Hear { .. } | Action::Forget => Class::Router,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Class::Delivery => "message delivered",
            Class::Timeout => "timer fires",
            Class::Read => "clients read",
            Class::Sync => "record synced",
            Class::Write => "client writes",
            Class::Router => "router hears or forgets",
            Class::CrashKeepsAll => "crash, every record kept",
            Class::CrashLosesRecords => "crash, records lost or torn",
            Class::CrashLosesStore => "crash, store lost",
            Class::Compaction => "log compacted",
            Class::Loss => "disk lost or damaged",
            Class::Transfer => "leader hands over",
            Class::Time => "time passes",
            Class::Idle => "what must change nothing",
        })
    }
}

/// As a key of JSON it is what it is in the table.
impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Graph {
    /// Walks the whole of `scope` under the sound rules.
    pub fn of(scope: Scope) -> Graph {
        let system = System::new(scope, &katakv_core::Sound);
        Graph::walk(&system, |_, _, _| {})
    }

    /// Walks the whole of a system, and shows each edge: the state, the action, and what comes of it.
    pub fn walk(system: &System, mut show: impl FnMut(&State, &Action, &Outcome)) -> Graph {
        let initial = system.initial();
        let mut known = HashMap::from([(initial.digest(), 0)]);
        let mut states = vec![initial];
        let mut graph = Graph {
            edges: Vec::new(),
            found: vec![None],
        };
        let mut actions = Vec::new();
        while let Some(state) = states.get(graph.edges.len()).cloned() {
            let from = graph.edges.len();
            let mut edges = Vec::new();
            actions.clear();
            system.enabled(&state, &mut actions);
            for action in actions.drain(..) {
                let Some(outcome) = system.perform(&state, &action) else {
                    continue;
                };
                show(&state, &action, &outcome);
                let to = *known.entry(outcome.state.digest()).or_insert_with(|| {
                    graph.found.push(Some((from, edges.len())));
                    states.push(outcome.state.clone());
                    states.len() - 1
                });
                let exact = states[to] == outcome.state;
                edges.push(Edge { action, to, exact });
            }
            graph.edges.push(edges);
        }
        graph
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.edges.iter().map(Vec::len).sum()
    }

    /// The edges from the first state to `state`, by the way in which it was found: a shortest one.
    fn way_to(&self, mut state: usize) -> Vec<Step> {
        let mut way = Vec::new();
        while let Some((from, edge)) = self.found[state] {
            way.push((from, edge));
            state = from;
        }
        way.reverse();
        way
    }

    /// Paths from the first state that together take every edge. The same graph always gives the same paths.
    ///
    /// Greedy: to the shallowest edge that is not taken yet, and from there on to the nearest further one, for as long as
    /// there is one near enough. Budgets only shrink, so what lies deep is found on the way on, not on the way back.
    pub fn cover(&self) -> Vec<Vec<Step>> {
        let mut open = Open::new(self);
        let mut paths = Vec::new();
        for state in 0..self.edges.len() {
            while let Some(edge) = open.edge_of(state) {
                let mut path = self.way_to(state);
                let mut next = vec![(state, edge)];
                while let Some(last) = next.last().copied() {
                    next.iter().for_each(|step| open.take(*step));
                    path.append(&mut next);
                    if path.len() < STEPS_MAX {
                        next = self.nearest_open(last, &open).unwrap_or_default();
                    }
                }
                paths.push(path);
            }
        }
        paths
    }

    /// The shortest way on from `step` to an open edge and over it, if there is one within [`DETOUR_MAX`] steps.
    fn nearest_open(&self, step: Step, open: &Open) -> Option<Vec<Step>> {
        let at = self.exact_target(step)?;
        let mut ways = vec![(at, Vec::new())];
        let mut seen = HashSet::from([at]);
        for _ in 0..DETOUR_MAX {
            let mut further = Vec::new();
            for (at, way) in ways {
                if let Some(edge) = open.edge_of(at) {
                    return Some(way.into_iter().chain([(at, edge)]).collect());
                }
                for edge in 0..self.edges[at].len() {
                    if let Some(to) = self.exact_target((at, edge)).filter(|to| seen.insert(*to)) {
                        further.push((to, way.iter().copied().chain([(at, edge)]).collect()));
                    }
                }
            }
            ways = further;
        }
        None
    }

    /// The state that a path stands at after `step`, unless only a renaming of it is known.
    fn exact_target(&self, (from, edge): Step) -> Option<usize> {
        let edge = &self.edges[from][edge];
        edge.exact.then_some(edge.to)
    }
}

/// An edge, by the state that it leaves and its place among that state's.
pub type Step = (usize, usize);

/// Beyond it a path does not look for further edges: short enough to be read.
const STEPS_MAX: usize = 60;

/// How far a path goes over edges that were taken already to find one that was not.
const DETOUR_MAX: usize = 4;

/// The edges that no path has taken.
struct Open(Vec<Vec<bool>>);

impl Open {
    fn new(graph: &Graph) -> Open {
        Open(graph.edges.iter().map(|edges| vec![true; edges.len()]).collect())
    }

    fn edge_of(&self, state: usize) -> Option<usize> {
        self.0[state].iter().position(|open| *open)
    }

    fn take(&mut self, (state, edge): Step) {
        self.0[state][edge] = false;
    }
}
