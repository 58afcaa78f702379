//! The edges of the model's scopes beside the steps of production.
//!
//! A scope's graph has few epochs, writes and messages, and a cluster in production has had many: no state of it is one of a
//! scope, and no step an edge. So both are mapped to *kinds of edges* (`shape.rs`), and an edge counts as seen in production if a
//! step of its kind was. That leaves out which of several states a decision was taken in, and what only grows with time.

use super::shape::{Kind, Pose, Shape, Stance};
use crate::graph::{Class, Graph};
use katakv_core::Sound;
use katakv_model::{Scope, System};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is in no table, and why.
pub const NOT_MAPPED: [&str; 5] = [
    "session reads, fates and reads of any age are no edges: the model asks them of every replica in every state",
    "routers and clients leave no tap: what they hear, and that they forget, is not seen",
    "a batch of several kinds of requests is one step in production, and several in the scopes",
    "that a clock goes on is in no tap: a node is told what its clock shows when keys are due",
    "that a tail was torn does not show in a record: a crash counts by what it took",
];

/// Kinds of edges, and how many there are of each, by class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(BTreeMap<Shape, BTreeMap<Class, u64>>);

/// What there is of one class of edges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Which class.
    pub class: String,
    /// How many edges the scopes have.
    pub in_model: u64,
    /// How many of them `replay` takes on real nodes.
    pub replayed: u64,
    /// How many of them are of a kind that was seen in production.
    pub in_production: u64,
    /// Of how many kinds they are.
    pub kinds: usize,
    /// How many of these were seen in production.
    pub kinds_in_production: usize,
    /// How many steps production took.
    pub steps: u64,
    /// How many of those are of kinds that the scopes do not have.
    pub steps_elsewhere: u64,
    /// How many kinds that is.
    pub kinds_elsewhere: usize,
}

impl Seen {
    /// One more.
    pub(super) fn note(&mut self, shape: Shape) {
        self.add(shape, shape.kind.class(), 1);
    }

    fn add(&mut self, shape: Shape, class: Class, times: u64) {
        *self.0.entry(shape).or_default().entry(class).or_default() += times;
    }

    /// Those of a scope's graph, each edge once.
    pub fn of_scope(scope: Scope) -> Seen {
        let mut seen = Seen::default();
        let system = System::new(scope, &Sound);
        Graph::walk(&system, |state, action, outcome| {
            let node = action.node();
            let (before, after) = (state.replica(node).node(), outcome.state.replica(node).node());
            let shape = match &outcome.input {
                Some((_, input)) => Shape::of_step(
                    Kind::of(input),
                    Pose::of(before),
                    &outcome.effects,
                    Pose::of(after),
                ),
                None => Shape::of_restart(Kind::of_crash(action), Stance::of(before), Stance::of(after)),
            };
            seen.add(shape, Class::of(action), 1);
        });
        seen
    }

    /// Adds what another has seen.
    pub fn merge(&mut self, other: &Seen) {
        for (shape, classes) in &other.0 {
            for (class, times) in classes {
                self.add(*shape, *class, *times);
            }
        }
    }

    /// How many kinds of edges there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many kinds of edges both have seen.
    pub fn in_common(&self, other: &Seen) -> usize {
        self.0.keys().filter(|shape| other.0.contains_key(shape)).count()
    }
}

/// The classes of edges of `model`, of which `replayed` are taken by replay, and what `production` has seen.
pub fn rows(model: &Seen, replayed: &Seen, production: &Seen) -> Vec<Row> {
    let mut rows: BTreeMap<Class, Row> = BTreeMap::new();
    for (shape, classes) in &model.0 {
        let is_seen = production.0.contains_key(shape);
        for (class, edges) in classes {
            let row = rows.entry(*class).or_default();
            row.in_model += edges;
            row.kinds += 1;
            row.in_production += if is_seen { *edges } else { 0 };
            row.kinds_in_production += usize::from(is_seen);
        }
    }
    for (class, edges) in replayed.0.values().flatten() {
        rows.entry(*class).or_default().replayed += edges;
    }
    for (shape, classes) in &production.0 {
        let elsewhere = !model.0.contains_key(shape);
        for (class, steps) in classes {
            let row = rows.entry(*class).or_default();
            row.steps += steps;
            row.steps_elsewhere += if elsewhere { *steps } else { 0 };
            row.kinds_elsewhere += usize::from(elsewhere);
        }
    }
    let named = |(class, row): (Class, Row)| Row {
        class: class.to_string(),
        ..row
    };
    rows.into_iter().map(named).collect()
}

/// The sum of all rows.
pub fn sum(rows: &[Row]) -> Row {
    let mut sum = Row {
        class: "in all".into(),
        ..Row::default()
    };
    for row in rows {
        sum.in_model += row.in_model;
        sum.replayed += row.replayed;
        sum.in_production += row.in_production;
        sum.kinds += row.kinds;
        sum.kinds_in_production += row.kinds_in_production;
        sum.steps += row.steps;
        sum.steps_elsewhere += row.steps_elsewhere;
        sum.kinds_elsewhere += row.kinds_elsewhere;
    }
    sum
}

/// The table, and what is not in it.
pub fn render(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<28} {:>9} {:>9} {:>13} {:>6} {:>5} {:>11} {:>20}\n",
        "edges",
        "in model",
        "replayed",
        "in production",
        "kinds",
        "seen",
        "steps taken",
        "of kinds elsewhere"
    );
    for row in rows.iter().chain([&sum(rows)]) {
        let elsewhere = format!("{} of {}", row.steps_elsewhere, row.kinds_elsewhere);
        text.push_str(&format!(
            "{:<28} {:>9} {:>9} {:>13} {:>6} {:>5} {:>11} {:>20}\n",
            row.class,
            row.in_model,
            row.replayed,
            row.in_production,
            row.kinds,
            row.kinds_in_production,
            row.steps,
            elsewhere
        ));
    }
    text.push_str("an edge counts as seen in production if a step of its kind was taken there\n");
    for what in NOT_MAPPED {
        text.push_str(&format!("not mapped: {what}\n"));
    }
    text
}
