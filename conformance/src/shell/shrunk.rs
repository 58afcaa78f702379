//! The shortest trace on which a mistake shows under replay, as that layer leaves it for the matrix.

use crate::generate::load;
use crate::replay::replay;
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
    /// Whether the file, taken twice, leads to the same divergence to the letter.
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
        let kept = load(&file)?;
        let (once, again) = (
            taken(&kept, &nodes.join("once")),
            taken(&kept, &nodes.join("again")),
        );
        let shrunk = Shrunk {
            steps: shortest.trace.steps.len(),
            same_again: once.is_some() && once == again,
            parting: once.iter().flat_map(|words| words.lines()).take(1).collect(),
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

/// How model and nodes part on what was kept. Where the nodes have their files is left out: it is another place each time.
fn taken(kept: &[Trace], home: &Path) -> Option<String> {
    let divergence = replay(kept, home, 1, |_| {}).err()?;
    Some(
        divergence
            .parting
            .to_string()
            .replace(&home.display().to_string(), ""),
    )
}
