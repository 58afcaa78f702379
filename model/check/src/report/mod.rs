//! A run on one page: the tables, the coverage, how the states came, and pictures of the counterexamples.
//!
//! Whoever runs something collects it in a [`Report`] and writes it into a directory: `index.html` fetches nothing from
//! outside, and its links lead to the pages of the counterexamples beside it.

mod chart;
mod kills;
mod page;

pub use kills::{Kill, Kills};

use crate::check::{ScopeReport, Stage};
use crate::diagram::{self, Parting, Tale};
use crate::hunt::Hunted;
use crate::scope::Scope;
use crate::trace::Trace;
use std::io;
use std::path::Path;

/// How far a search was, at some moment.
pub struct Sample {
    /// Of which scope.
    pub scope: &'static str,
    /// Seconds since it began.
    pub seconds: f64,
    /// Unique states.
    pub unique: usize,
}

/// The edges of one kind: how many the model has, and how many were taken on real nodes.
pub struct Edges {
    /// Which kind: a fault, a delivery, a timer...
    pub class: String,
    /// How many there are.
    pub in_model: usize,
    /// How many were taken.
    pub taken: usize,
}

/// What a run found.
#[derive(Default)]
pub struct Report {
    /// Whether each part of it holds, with a line about it.
    pub verdicts: Vec<(String, bool, String)>,
    /// The scopes that were checked.
    pub checked: Vec<ScopeReport>,
    /// How far their searches were, from time to time.
    pub samples: Vec<Sample>,
    /// The mutants that were hunted.
    pub hunts: Vec<Hunted>,
    /// The edges that were replayed.
    pub edges: Vec<Edges>,
    /// The mistakes around the protocol that were made.
    pub kills: Option<Kills>,
    /// What else was said, each under a heading.
    pub texts: Vec<(String, String)>,
}

impl Report {
    /// Notes how far a search is.
    pub fn sample(&mut self, scope: &Scope, stage: &Stage) {
        const EVERY_SECONDS: f64 = 0.1;
        let Stage::Search(so_far) = stage else { return };
        let is_new = self
            .samples
            .last()
            .is_none_or(|last| last.scope != scope.name || so_far.seconds - last.seconds >= EVERY_SECONDS);
        if is_new {
            self.samples.push(Sample {
                scope: scope.name,
                seconds: so_far.seconds,
                unique: so_far.unique,
            });
        }
    }

    /// Writes the page, and those that it links to, into `directory`.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        std::fs::create_dir_all(directory.join("counterexamples"))?;
        for (name, trace, parting) in self.counterexamples() {
            // One of another version of the model cannot be among them: all were found a moment ago, or looked at since.
            let mut tale = Tale::of(trace).map_err(io::Error::other)?;
            tale.parting = parting.map(|words| Parting {
                words: words.to_owned(),
                sides: Vec::new(),
            });
            let path = directory.join(link(name));
            std::fs::write(path, diagram::page(&tale))?;
        }
        std::fs::write(directory.join("index.html"), page::of(self))
    }

    /// Every counterexample, by what it is one of, and how a real node parts from the model at its end, if one does.
    fn counterexamples(&self) -> impl Iterator<Item = (&str, &Trace, Option<&str>)> {
        let of_mutants = self
            .hunts
            .iter()
            .filter_map(|hunted| Some((hunted.mutant.name, hunted.trace.as_ref()?, None)));
        let of_scopes = self
            .checked
            .iter()
            .filter_map(|report| Some((report.scope.name, report.counterexample.as_ref()?, None)));
        let kills = self.kills.iter().flat_map(|kills| &kills.rows);
        let of_mistakes = kills.filter_map(|row| {
            let (trace, parting) = row.shortest.as_ref()?;
            Some((row.mistake.as_deref()?, trace, Some(parting.as_str())))
        });
        of_mutants.chain(of_scopes).chain(of_mistakes)
    }
}

/// Where the page of a counterexample is.
fn link(name: &str) -> String {
    format!("counterexamples/{name}.html")
}
