//! The shortest trace on which a mistake shows under replay, as that layer leaves it for the matrix.

use crate::generate::load;
use crate::replay::{Divergence, replay};
use crate::shrink::shrink;
use anyhow::Context;
use katakv_model::Trace;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// The trace as a file, with the page that draws it beside it.
const TRACE: &str = "shortest.json";
/// The rest.
const FOUND: &str = "found.json";

/// What the shortest trace is, and where model and nodes part on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shrunk {
    /// How many steps it has.
    pub steps: usize,
    /// Whether the file, taken again, leads to the same divergence to the letter.
    pub same_again: bool,
    /// How they part, in a line.
    pub parting: String,
    /// All of it in words.
    pub told: String,
    /// The trace.
    pub trace: Trace,
}

impl Shrunk {
    /// Shrinks a trace that diverges and leaves in `home` what that comes down to; nodes are made below `nodes`.
    pub(super) fn leave(trace: &Trace, home: &Path, nodes: &Path) -> anyhow::Result<()> {
        let shortest = shrink(trace, &nodes.join("shrink"));
        let file = home.join(TRACE);
        shortest.keep(&file)?;
        let again = replay(&load(&file)?, &nodes.join("again"), 1, |_| {}).err();
        let words = |divergence: &Divergence| divergence.parting.to_string();
        let (first, again) = (shortest.divergence.as_deref(), again.as_deref());
        let parting = first.map(words).unwrap_or_default();
        let shrunk = Shrunk {
            steps: shortest.trace.steps.len(),
            same_again: first.is_some() && first.map(words) == again.map(words),
            parting: parting.lines().next().unwrap_or_default().to_owned(),
            told: shortest.to_string(),
            trace: shortest.trace,
        };
        fs::write(home.join(FOUND), serde_json::to_vec(&shrunk)?).context("cannot keep a trace")
    }

    /// What was left in `home`, if anything was; its files go to `kept`, under the name of the mistake.
    pub(super) fn take(home: &Path, kept: &Path, mistake: &str) -> Option<Shrunk> {
        let shrunk = serde_json::from_slice(&fs::read(home.join(FOUND)).ok()?).ok()?;
        let file = home.join(TRACE);
        for extension in ["json", "html"] {
            // Without a copy the trace is still in what is told.
            let _ = fs::copy(
                file.with_extension(extension),
                kept.join(format!("{mistake}.{extension}")),
            );
        }
        Some(shrunk)
    }
}
