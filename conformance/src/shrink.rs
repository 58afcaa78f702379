//! The shortest form of a trace on which model and real nodes part.
//!
//! Steps are left out for as long as what remains is a path of the model and still leads to a parting (Zeller and Hildebrandt,
//! *Simplifying and Isolating Failure-Inducing Input*, 2002). The model says what is a path: a step that is not enabled any more,
//! because of what was left out before it, goes as well. Replays are deterministic, so the result is, too.

use crate::generate::save;
use crate::picture;
use crate::replay::{Divergence, replay};
use anyhow::Context;
use katakv_model::{Action, State, System, Trace};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

/// A trace that diverges, without a step that it could do without.
pub struct Shortest {
    /// The trace.
    pub trace: Trace,
    /// How model and nodes part at its end.
    pub divergence: Option<Box<Divergence>>,
    told: String,
}

impl fmt::Display for Shortest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)?;
        match &self.divergence {
            Some(divergence) => writeln!(f, "      here they part: {}", divergence.parting),
            None => writeln!(
                f,
                "      taken again, it does not diverge: the mistake is not deterministic"
            ),
        }
    }
}

/// Shrinks a trace that diverges when it is replayed; nodes are made below `home`.
pub fn shrink(trace: &Trace, home: &Path) -> Shortest {
    let mut judge = Judge {
        home: home.to_owned(),
        replays: 0,
    };
    let Some(mut divergence) = judge.parts(trace) else {
        return Shortest::of(trace.clone(), None);
    };
    let mut shortest = cut(trace, &divergence);
    // Large pieces first, then ever smaller ones; at last single steps, until none can go.
    let mut piece = shortest.steps.len() / 2;
    while piece > 0 {
        let mut from = 0;
        let mut shrunk = false;
        while from < shortest.steps.len() {
            let candidate = without(&shortest, from, piece);
            match candidate.and_then(|candidate| Some((judge.parts(&candidate)?, candidate))) {
                Some((found, candidate)) => {
                    shortest = cut(&candidate, &found);
                    divergence = found;
                    shrunk = true;
                }
                None => from += piece,
            }
        }
        piece = if piece == 1 && shrunk { 1 } else { piece / 2 };
    }
    Shortest::of(shortest, Some(divergence))
}

struct Judge {
    home: PathBuf,
    replays: usize,
}

impl Judge {
    fn parts(&mut self, trace: &Trace) -> Option<Box<Divergence>> {
        self.replays += 1;
        let home = self.home.join(self.replays.to_string());
        let parted = replay(std::slice::from_ref(trace), &home, 1, |_| {}).err();
        // What cannot be removed only takes space.
        let _ = std::fs::remove_dir_all(&home);
        parted
    }
}

/// What comes after the parting has nothing to do with it.
fn cut(trace: &Trace, divergence: &Divergence) -> Trace {
    let mut cut = trace.clone();
    cut.steps.truncate(divergence.step);
    cut
}

/// The trace without a piece, and without what is not possible any more then; `None` if nothing is left out by it.
fn without(trace: &Trace, from: usize, piece: usize) -> Option<Trace> {
    let system = trace.system().ok()?;
    let mut state = system.initial();
    let mut shorter = Trace {
        steps: Vec::new(),
        ..trace.clone()
    };
    for (place, action) in trace.steps.iter().enumerate() {
        if (from..from + piece).contains(&place) {
            continue;
        }
        if let Some(next) = take(&system, &state, action) {
            state = next;
            shorter.steps.push(action.clone());
        }
    }
    (shorter.steps.len() < trace.steps.len()).then_some(shorter)
}

fn take(system: &System, state: &State, action: &Action) -> Option<State> {
    let mut enabled = Vec::new();
    system.enabled(state, &mut enabled);
    if !enabled.contains(action) {
        return None;
    }
    system.perform(state, action).map(|outcome| outcome.state)
}

impl Shortest {
    /// Puts the trace into `file`, a line as `replay --traces` reads it, and one trace as `katakv-model explore --trace` and
    /// `diagram` do. Beside it goes the page that shows where model and node part, which is returned if there is one: a trace
    /// that is no path of the model cannot be drawn.
    pub fn keep(&self, file: &Path) -> anyhow::Result<Option<PathBuf>> {
        save(std::slice::from_ref(&self.trace), file)?;
        let Ok(drawn) = picture::page(self) else {
            return Ok(None);
        };
        let page = file.with_extension("html");
        fs::write(&page, drawn).with_context(|| format!("cannot write {}", page.display()))?;
        Ok(Some(page))
    }

    fn of(trace: Trace, divergence: Option<Box<Divergence>>) -> Shortest {
        let told = trace.system().and_then(|system| trace.tell(&system));
        Shortest {
            // A trace that is no path of the model has no words.
            told: told.unwrap_or_default(),
            trace,
            divergence,
        }
    }
}
