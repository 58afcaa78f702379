//! The golden traces and pictures: what is kept beside the specification, reviewed as a diff, and made anew by one command.
//!
//! `traces/mutants` has the shortest counterexample of every mutant that a property gives away, `traces/witnesses` the shortest
//! way to every witness, `pictures` the most instructive counterexamples, drawn. A protocol or a model that has changed shows
//! here first, in sentences.

use crate::diagram::{self, Tale};
use crate::mutants::{self, Killer, Mutant};
use crate::scope::Scope;
use crate::set::Set;
use crate::system::System;
use crate::trace::{ReplayError, Trace};
use crate::witnesses::{self, Witness};
use crate::{properties, scopes, shortest, source};
use katakv_core::Sound;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The mutants whose counterexamples are drawn for the specification.
pub const DRAWN: [&str; 5] = [
    "own-copy-unsynced",
    "early-vote-request",
    "count-older-epochs",
    "no-lineage-check",
    "reads-without-round",
];

/// The files, by their paths below the specification's directory.
pub type Files = BTreeMap<PathBuf, String>;

/// Makes all of them; `progress` is told what is being looked for.
pub fn files(mut progress: impl FnMut(&str)) -> Result<Files, ReplayError> {
    let mut files = Files::new();
    for mutant in mutants::ALL.iter().filter(|mutant| has_trace(mutant)) {
        progress(mutant.name);
        // A mutant that survives has no file, and that is noticed by who expects one.
        let Some(trace) = source::of_mutant(mutant) else {
            continue;
        };
        files.insert(of_mutant(mutant), trace.to_text(&about_mutant(mutant, &trace)?)?);
        if DRAWN.contains(&mutant.name) {
            let path = PathBuf::from(format!("pictures/{}.svg", mutant.name));
            files.insert(path, diagram::picture(&Tale::of(&trace)?));
        }
    }
    for (scope, shown) in by_scope() {
        progress(scope.name);
        let paths = shortest::witnessed(&System::new(scope, &Sound), shortest::UNIQUE_MAX, &shown);
        for (witness, steps) in shown.into_iter().zip(paths) {
            let Some(steps) = steps else { continue };
            let trace = Trace {
                scope: scope.name.into(),
                mutant: None,
                steps,
            };
            let about = format!(
                "The shortest way to the witness: {}.\nWithout it, this would say nothing: {}.",
                witness.name, witness.of
            );
            files.insert(of_witness(witness), trace.to_text(&about)?);
        }
    }
    Ok(files)
}

/// The paths of all files that there have to be.
pub fn expected() -> Vec<PathBuf> {
    let of_mutants = mutants::ALL
        .iter()
        .filter(|mutant| has_trace(mutant))
        .map(of_mutant);
    let pictures = DRAWN
        .iter()
        .map(|name| PathBuf::from(format!("pictures/{name}.svg")));
    let mut paths: Vec<PathBuf> = of_mutants
        .chain(witnesses::all().map(of_witness))
        .chain(pictures)
        .collect();
    paths.sort();
    paths
}

/// Where a mutant's counterexample is.
pub fn of_mutant(mutant: &Mutant) -> PathBuf {
    PathBuf::from(format!("traces/mutants/{}.trace", mutant.name))
}

/// Where the way to a witness is.
pub fn of_witness(witness: &Witness) -> PathBuf {
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = witness.name.replace('\'', "").chars().map(letter).collect();
    PathBuf::from(format!("traces/witnesses/{name}.trace"))
}

fn has_trace(mutant: &Mutant) -> bool {
    match mutant.killed_by {
        Killer::Property(_) | Killer::Stuck => true,
        Killer::Witness(_) => false,
    }
}

fn about_mutant(mutant: &Mutant, trace: &Trace) -> Result<String, ReplayError> {
    let system = trace.system()?;
    let states = trace.replay(&system)?;
    let last = states.last().expect("there is the initial state");
    let mut about = format!("What is wrong: {}.", mutant.words);
    if mutant.killed_by == Killer::Stuck {
        about.push_str(&format!(
            "\nFrom the end on this does not hold: {}.",
            mutant.killed_by.name()
        ));
    }
    for property in properties::ALL {
        if let Some(why) = (property.why)(&system, last) {
            about.push_str(&format!("\nAt the end {} does not hold: {why}.", property.name));
        }
    }
    Ok(about)
}

/// Each witness with the first scope that can be exhausted and must show it.
fn by_scope() -> Vec<(Scope, Vec<&'static Witness>)> {
    let exhausted = scopes::all().into_iter().filter(|scope| scope.set != Set::Deep);
    let mut left: Vec<&'static Witness> = witnesses::all().collect();
    let mut found = Vec::new();
    for scope in exhausted {
        let (shown, others) = left
            .into_iter()
            .partition(|witness| scope.shows.contains(&witness.name));
        left = others;
        found.push((scope, shown));
    }
    found.retain(|(_, shown): &(Scope, Vec<&'static Witness>)| !shown.is_empty());
    found
}
