//! Traces: a scope, perhaps a mutant, and the actions from the initial state on. As JSON they are what the
//! conformance suite replays and what a counterexample is kept as.

use crate::action::Action;
use crate::state::State;
use crate::system::System;
use crate::{mutants, scopes};
use katakv_core::{Sound, Timer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A path through a scope, by its actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The scope's name.
    pub scope: String,
    /// The mutant's name; none means the sound rules.
    pub mutant: Option<String>,
    /// What happens, in order.
    pub steps: Vec<Action>,
}

/// Why a trace cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// There is no such scope; it may be of another version of the model.
    UnknownScope(String),
    /// There is no such mutant.
    UnknownMutant(String),
    /// The step with this place, counted from 0, is not possible where it stands.
    Impossible(usize),
    /// The sentence with this number is not that of exactly one possible action.
    Untold(usize, String),
    /// The text tells no trace.
    NoTrace,
}

impl std::error::Error for ReplayError {}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::UnknownScope(name) => write!(f, "there is no scope {name:?}"),
            ReplayError::UnknownMutant(name) => write!(f, "there is no mutant {name:?}"),
            ReplayError::Impossible(place) => write!(f, "step {place} is not possible there"),
            ReplayError::Untold(place, sentence) => {
                write!(f, "step {place} is none of what is possible there: {sentence}")
            }
            ReplayError::NoTrace => write!(f, "it names no scope"),
        }
    }
}

impl Trace {
    /// The system that the trace is of.
    pub fn system(&self) -> Result<System, ReplayError> {
        let scope = scopes::find(&self.scope).ok_or_else(|| ReplayError::UnknownScope(self.scope.clone()))?;
        let rules = match &self.mutant {
            None => &Sound,
            Some(name) => {
                mutants::find(name)
                    .ok_or_else(|| ReplayError::UnknownMutant(name.clone()))?
                    .rules
            }
        };
        Ok(System::new(scope, rules))
    }

    /// The states along the trace: the initial one, then one a step.
    pub fn replay(&self, system: &System) -> Result<Vec<State>, ReplayError> {
        let mut states = vec![system.initial()];
        for (place, action) in self.steps.iter().enumerate() {
            let next = step(system, &states[place], action).ok_or(ReplayError::Impossible(place))?;
            states.push(next);
        }
        Ok(states)
    }

    /// The place of each step among those possible where it is taken, after the place of the initial state:
    /// how Stateright's Explorer addresses a path.
    pub fn choices(&self, system: &System) -> Result<Vec<usize>, ReplayError> {
        let mut state = system.initial();
        let mut choices = vec![0];
        for (place, action) in self.steps.iter().enumerate() {
            let mut enabled = Vec::new();
            system.enabled(&state, &mut enabled);
            let choice = enabled.iter().position(|other| other == action);
            choices.push(choice.ok_or(ReplayError::Impossible(place))?);
            state = step(system, &state, action).ok_or(ReplayError::Impossible(place))?;
        }
        Ok(choices)
    }

    /// The trace told in words, a line a step.
    pub fn tell(&self, system: &System) -> Result<String, ReplayError> {
        let states = self.replay(system)?;
        let mut told = String::new();
        for (place, action) in self.steps.iter().enumerate() {
            let line = action.tell(&states[place]);
            told.push_str(&format!("{:>4}. {line}\n", place + 1));
        }
        Ok(told)
    }
}

fn step(system: &System, state: &State, action: &Action) -> Option<State> {
    let mut enabled = Vec::new();
    system.enabled(state, &mut enabled);
    if !enabled.contains(action) {
        return None;
    }
    system.perform(state, action).map(|outcome| outcome.state)
}

impl Action {
    /// The action in words, with what only the state before it knows.
    pub fn tell(&self, before: &State) -> String {
        match self {
            Action::Sync { node } => match before.replica(*node).disk().unsynced().front() {
                Some(record) => format!("{self}: {}", crate::words::Written(record)),
                None => self.to_string(),
            },
            Action::Timeout {
                node,
                timer: Timer::Election,
            } => match before.replica(*node).node().config().limits.pre_vote {
                true => format!("{self} and asks whether it would be elected"),
                false => format!("{self} and campaigns"),
            },
            _ => self.to_string(),
        }
    }
}
