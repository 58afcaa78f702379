//! What there is to tell of a trace: each step in words, what it changed, what it sent, and where it all went wrong.

use super::flights::{Flight, Flights};
use super::marks::{self, Mark};
use super::panel::{self, Panel};
use crate::action::Action;
use crate::client::CLIENT;
use crate::said;
use crate::state::State;
use crate::system::System;
use crate::trace::{ReplayError, Trace};
use crate::{mutants, properties};
use katakv_core::{NodeId, Role};
use serde::Serialize;

/// A trace, worked out.
pub struct Tale {
    /// What it is of.
    pub title: String,
    /// What was broken, or what the scope is.
    pub about: String,
    pub(super) steps: Vec<Step>,
    pub(super) flights: Vec<Flight>,
    /// Whether anything is asked or answered.
    pub(super) has_client: bool,
    /// Where a machine parts from the model, if one does.
    pub parting: Option<Parting>,
}

/// Where a machine parts from the model, at the end of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parting {
    /// How, in a sentence.
    pub words: String,
    /// What the model has, and what the machine has in its place.
    pub sides: Vec<[String; 2]>,
}

/// One step, or the beginning.
pub(super) struct Step {
    /// The lane that it happens at; the beginning happens at none.
    pub(super) node: Option<NodeId>,
    /// What happens.
    pub(super) words: String,
    /// What else is to be said of it.
    pub(super) notes: Vec<String>,
    /// What it changed in the replica.
    pub(super) marks: Vec<Mark>,
    /// What each replica is after it.
    pub(super) stands: [Stand; 3],
    /// The properties that do not hold after it and did before, each with the reason.
    pub(super) broken: Vec<(&'static str, String)>,
    /// The whole state after it.
    pub(super) panel: Panel,
}

/// What a replica is, as far as a band shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    Follows,
    Asks,
    Campaigns { epoch: u64 },
    Leads { epoch: u64 },
}

impl Tale {
    /// Works out `trace`.
    pub fn of(trace: &Trace) -> Result<Tale, ReplayError> {
        let system = trace.system()?;
        let states = trace.replay(&system)?;
        let (title, about) = match trace.mutant.as_deref().and_then(mutants::find) {
            Some(mutant) => (
                format!("{} in the scope {}", mutant.name, trace.scope),
                format!("What is wrong with this protocol: {}.", mutant.words),
            ),
            None => (
                format!("{} steps in the scope {}", trace.steps.len(), trace.scope),
                system.scope.words.to_owned(),
            ),
        };
        Ok(told(&system, &states, &trace.steps, title, about))
    }
}

/// The tale of some steps and the states between them.
pub(crate) fn told(
    system: &System,
    states: &[State],
    steps: &[Action],
    title: String,
    about: String,
) -> Tale {
    let mut flights = Flights::new(system);
    let mut seen = properties::violated(system, &states[0]);
    let mut told = vec![beginning(system, &states[0], seen)];
    for (place, action) in steps.iter().enumerate() {
        let (before, after) = (&states[place], &states[place + 1]);
        let effects = system
            .perform(before, action)
            .map(|outcome| outcome.effects)
            .unwrap_or_default();
        flights.take(place + 1, action, &effects, after);
        let violated = properties::violated(system, after);
        told.push(Step {
            node: Some(action.node()),
            words: action.tell(before),
            notes: Vec::new(),
            marks: marks::of(before, action, &effects, after),
            stands: stands(after),
            broken: reasons(system, after, violated & !seen),
            panel: panel::of(after),
        });
        seen = violated;
    }
    let flights = flights.landed();
    for (place, step) in told.iter_mut().enumerate() {
        step.notes.extend(sent(&flights, place));
    }
    let touches = |flight: &Flight| flight.from == CLIENT || flight.to == CLIENT;
    Tale {
        title,
        about,
        parting: None,
        has_client: flights.iter().any(touches) || told.iter().any(|step| step.node == Some(CLIENT)),
        steps: told,
        flights,
    }
}

fn beginning(system: &System, state: &State, violated: u64) -> Step {
    let leader = state.replicas().iter().find(|replica| replica.node().serving());
    Step {
        node: None,
        words: match leader {
            Some(leader) => format!(
                "It begins: {} leads epoch {} and serves",
                leader.node().id(),
                leader.node().epoch().0
            ),
            None => "It begins, with three empty disks".into(),
        },
        notes: Vec::new(),
        marks: Vec::new(),
        stands: stands(state),
        broken: reasons(system, state, violated),
        panel: panel::of(state),
    }
}

fn reasons(system: &System, state: &State, violated: u64) -> Vec<(&'static str, String)> {
    let is_violated = |(place, _): &(usize, &properties::Property)| violated >> place & 1 == 1;
    let of = |(_, property): (usize, &'static properties::Property)| {
        let why = (property.why)(system, state).unwrap_or_else(|| property.words.to_owned());
        (property.name, why)
    };
    let all = properties::ALL.iter().enumerate();
    all.filter(is_violated).map(of).collect()
}

fn stands(state: &State) -> [Stand; 3] {
    state.replicas().each_ref().map(|replica| {
        let epoch = replica.node().epoch().0;
        match replica.node().role() {
            Role::Follower { .. } => Stand::Follows,
            Role::PreCandidate { .. } => Stand::Asks,
            Role::Candidate { .. } => Stand::Campaigns { epoch },
            Role::Leader(_) => Stand::Leads { epoch },
        }
    })
}

/// What a step sent, with what became of it, a line a message that says the same.
fn sent(flights: &[Flight], step: usize) -> Vec<String> {
    let mut lines: Vec<(String, Vec<NodeId>)> = Vec::new();
    for flight in flights
        .iter()
        .filter(|flight| flight.sent == step && !flight.is_at_once())
    {
        let what = match flight.landed.is_empty() {
            true => format!("{}, never delivered", flight.label),
            false => flight.label.clone(),
        };
        match lines.iter_mut().find(|(known, _)| *known == what) {
            Some((_, to)) => to.push(flight.to),
            None => lines.push((what, vec![flight.to])),
        }
    }
    lines
        .into_iter()
        .map(|(what, to)| format!("to {}: {what}", said::names(&to)))
        .collect()
}
