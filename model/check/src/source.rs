//! Where a trace comes from: a file, a mutant's name, or a scope and a witness.

use crate::mutants::{self, Killer, Mutant};
use crate::scope::Scope;
use crate::system::System;
use crate::trace::Trace;
use crate::witnesses::{self, Witness};
use crate::{hunt, properties, scopes, shortest, walks};
use katakv_core::Sound;
use std::cell::Cell;
use std::fmt;
use std::path::Path;

/// Why there is no trace.
#[derive(Debug)]
pub enum SourceError {
    /// It is neither a mutant's name nor a file that can be read.
    Unreadable(String, std::io::Error),
    /// The file holds no trace, or one of another version of the model.
    NoTrace(String, String),
    /// The file has fewer traces than that.
    TooFew(usize),
    /// There is no scope of this name, so no walk through it.
    NoScope(String),
    /// The scope's name stands alone; name a witness, too, or a walk.
    NoWitness(String),
    /// There is no such witness in the scope.
    UnknownWitness(String, Vec<&'static str>),
    /// No state that was looked at violates a property, or shows the witness.
    NotMet(String),
}

impl std::error::Error for SourceError {}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceError::Unreadable(name, error) => {
                write!(
                    f,
                    "{name:?} is no mutant, no scope, and no file that can be read: {error}"
                )
            }
            SourceError::NoTrace(name, why) => write!(f, "{name:?} holds no trace: {why}"),
            SourceError::TooFew(count) => write!(f, "the file has {count} traces, counted from 0"),
            SourceError::NoScope(name) => {
                let known: Vec<&str> = scopes::all().iter().map(|scope| scope.name).collect();
                write!(f, "there is no scope {name:?}; there are: {}", known.join(", "))
            }
            SourceError::NoWitness(scope) => {
                write!(
                    f,
                    "{scope} is a scope: name one of its witnesses with --witness, or a walk with --walk"
                )
            }
            SourceError::UnknownWitness(name, known) => {
                write!(f, "there is no witness {name:?}; there are: {}", known.join("; "))
            }
            SourceError::NotMet(what) => write!(f, "there is no trace of {what} within what was looked at"),
        }
    }
}

/// The trace that `name` means: a mutant's shortest counterexample, the shortest way to a witness in a scope, or the trace
/// number `place` of a file, as JSON, one a line, or as text.
pub fn find(name: &str, witness: Option<&str>, place: usize) -> Result<Trace, SourceError> {
    if let Some(mutant) = mutants::find(name) {
        return of_mutant(mutant).ok_or_else(|| SourceError::NotMet(name.to_owned()));
    }
    match (scopes::find(name), witness) {
        (Some(scope), Some(witness)) => of_witness(&scope, witness),
        (Some(_), None) => Err(SourceError::NoWitness(name.to_owned())),
        (None, _) => of_file(Path::new(name), place),
    }
}

/// The first `steps_max` steps of a random walk through a scope: of that which `check` numbers so, under this seed.
pub fn walk(name: &str, seed: u64, number: u64, steps_max: usize) -> Result<Trace, SourceError> {
    let scope = scopes::find(name).ok_or_else(|| SourceError::NoScope(name.to_owned()))?;
    Ok(Trace {
        scope: scope.name.into(),
        mutant: None,
        steps: walks::path(&System::new(scope, &Sound), seed, number, steps_max),
    })
}

/// The shortest counterexample of a mutant that a property gives away.
pub fn of_mutant(mutant: &'static Mutant) -> Option<Trace> {
    let scope = scopes::find(mutant.scope).expect("a mutant names a scope that exists");
    match mutant.killed_by {
        Killer::Property(_) => in_scope(mutant, scope, |_| {}),
        Killer::Witness(_) => None,
        Killer::Stuck => hunt::hunt(mutant).trace,
    }
}

/// The same, in a scope that need not be its own; `progress` is told how many unique states were looked at.
pub(crate) fn in_scope(mutant: &'static Mutant, scope: Scope, progress: impl Fn(usize)) -> Option<Trace> {
    let system = System::new(scope, mutant.rules);
    let unique = Cell::new(0);
    let search = shortest::search(&system, shortest::UNIQUE_MAX, |state| {
        unique.set(unique.get() + 1);
        progress(unique.get());
        properties::violated(&system, state) != 0
    });
    search.found.map(|(steps, _)| Trace {
        scope: scope.name.into(),
        mutant: Some(mutant.name.into()),
        steps,
    })
}

fn of_witness(scope: &Scope, name: &str) -> Result<Trace, SourceError> {
    let known: Option<&Witness> = witnesses::all().find(|witness| witness.name == name);
    let witness = known.ok_or_else(|| SourceError::UnknownWitness(name.to_owned(), scope.shows.to_vec()))?;
    let mut paths = shortest::witnessed(&System::new(*scope, &Sound), shortest::UNIQUE_MAX, &[witness]);
    let steps = paths.pop().flatten();
    let steps = steps.ok_or_else(|| SourceError::NotMet(format!("{name:?} in {}", scope.name)))?;
    Ok(Trace {
        scope: scope.name.into(),
        mutant: None,
        steps,
    })
}

fn of_file(path: &Path, place: usize) -> Result<Trace, SourceError> {
    let name = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| SourceError::Unreadable(name(), error))?;
    let trace = if text.trim_start().starts_with('{') {
        // One alone may be spread over lines.
        let traces = serde_json::Deserializer::from_str(&text).into_iter::<Trace>();
        let traces: Result<Vec<Trace>, _> = traces.take(place + 1).collect();
        let mut traces = traces.map_err(|error| SourceError::NoTrace(name(), error.to_string()))?;
        if traces.len() <= place {
            return Err(SourceError::TooFew(traces.len()));
        }
        traces.swap_remove(place)
    } else {
        Trace::from_text(&text).map_err(|error| SourceError::NoTrace(name(), error.to_string()))?
    };
    // What it names may not exist here, and its steps may not be possible.
    let possible = trace.system().and_then(|system| trace.replay(&system));
    possible.map_err(|error| SourceError::NoTrace(name(), error.to_string()))?;
    Ok(trace)
}
