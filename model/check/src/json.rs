//! What a run of `check` found, for machines.

use crate::check::{ScopeReport, Verdict};
use crate::trace::Trace;
use crate::walks::Walks;
use serde::Serialize;

/// A run of `check`.
#[derive(Serialize)]
pub struct Run<'a> {
    /// The worst of the scopes' verdicts.
    pub verdict: &'static str,
    /// One a scope, in the order in which they were looked at.
    pub scopes: Vec<Checked<'a>>,
}

/// What became of a scope.
#[derive(Serialize)]
pub struct Checked<'a> {
    /// Its name.
    pub scope: &'static str,
    /// `holds`, `not exhausted` or `fails`.
    pub verdict: &'static str,
    /// States generated, repetitions included.
    pub states: usize,
    /// Unique states.
    pub unique: usize,
    /// Those of them that were met and not looked at.
    pub left: usize,
    /// The longest path that was walked.
    pub depth: usize,
    /// How long it took.
    pub seconds: f64,
    /// The highest resident memory of the process that was seen meanwhile.
    pub memory_mib: u64,
    /// The probability that two unique states shared a fingerprint.
    pub collision: f64,
    /// Whether every state was seen.
    pub exhausted: bool,
    /// The random walks, if it was walked.
    pub walks: Option<Walks>,
    /// The properties that are violated somewhere.
    pub violated: &'a [&'static str],
    /// The witnesses that it must show and did not.
    pub missing: &'a [&'static str],
    /// The witnesses that were looked for and seen.
    pub shown: &'a [&'static str],
    /// A way to a violation.
    pub counterexample: Option<&'a Trace>,
}

impl<'a> Run<'a> {
    /// A run with these reports.
    pub fn of(reports: &'a [ScopeReport]) -> Run<'a> {
        let worst = reports.iter().map(ScopeReport::verdict).max();
        Run {
            verdict: word(worst.unwrap_or(Verdict::Holds)),
            scopes: reports.iter().map(checked).collect(),
        }
    }
}

fn checked(report: &ScopeReport) -> Checked<'_> {
    Checked {
        scope: report.scope.name,
        verdict: word(report.verdict()),
        states: report.states,
        unique: report.unique,
        left: report.left,
        depth: report.depth,
        seconds: report.seconds,
        memory_mib: report.memory_mib,
        collision: report.collision_probability(),
        exhausted: report.exhausted,
        walks: report.walks,
        violated: &report.violated,
        missing: &report.missing,
        shown: &report.shown,
        counterexample: report.counterexample.as_ref(),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::NotExhausted => "not exhausted",
        Verdict::Fails => "fails",
    }
}
