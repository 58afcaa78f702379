//! The main job, from the model to three processes, and its verdict.

use super::parts::{self, Chosen, Part};
use super::{counted, records, replayed};
use crate::home::Home;
use crate::shell;
use anyhow::Context;
use katakv_model::report::{Kills, Report};
use katakv_model::terminal::say;
use katakv_model::{Set, scopes};
use std::path::Path;
use std::time::Instant;

/// Where the matrix of mistakes around the protocol comes from: it takes longer than all the rest.
pub enum Mistakes {
    /// An earlier run.
    Kept(Kills),
    /// They are made, those whose name contains this.
    Made(String),
}

impl Mistakes {
    /// Those in `file`, which `matrix --json` was printed to, or else those that are to be made, if any are. What the file holds
    /// is looked at before anything else is done.
    pub fn of(file: Option<&Path>, made: Option<String>) -> anyhow::Result<Option<Mistakes>> {
        let Some(file) = file else {
            return Ok(made.map(Mistakes::Made));
        };
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let kills = shell::read(&text).with_context(|| format!("{} is no matrix", file.display()))?;
        Ok(Some(Mistakes::Kept(kills)))
    }

    fn matrix(&self, home: &Path) -> anyhow::Result<Kills> {
        match self {
            Mistakes::Kept(kills) => Ok(kills.clone()),
            Mistakes::Made(only) => shell::read(&shell::printed(home, only)?),
        }
    }
}

/// Does every part in turn, and makes a page of it in `kept`; returns whether all of it holds. A part that cannot be done does
/// not hold.
pub fn run(kept: Option<&Path>, mistakes: Option<&Mistakes>) -> anyhow::Result<bool> {
    let (memory, disk) = (Home::in_memory(None)?, Home::new(None)?);
    let kills = 3;
    let mut rows = Vec::new();
    let mut report = Report::default();
    let mut part = |name: &'static str, words: &str, run: &dyn Fn(&mut Report) -> anyhow::Result<Part>| {
        say(format_args!("\n== {name}: {words}\n"));
        let started = Instant::now();
        let (summary, holds) = match run(&mut report) {
            Ok(part) => (part.summary.clone(), part.tell()),
            Err(error) => {
                say(format_args!("{error:#}"));
                (format!("could not be done: {error}"), false)
            }
        };
        report.verdicts.push((name.to_owned(), holds, summary.clone()));
        rows.push((name, summary, holds, started.elapsed()));
    };
    part(
        "check",
        "every state of every quick scope, against every property",
        &|report| parts::check(&scopes::of(Set::Quick), report),
    );
    part(
        "mutants",
        "one decision broken at a time; a property must notice",
        &parts::mutants,
    );
    part(
        "replay",
        "every edge of four scopes' graphs, on real nodes",
        &|report| {
            let scopes = replayed();
            parts::replay(
                Chosen {
                    scopes,
                    file: None,
                    only: None,
                    shard: None,
                },
                memory.path(),
                report,
            )
        },
    );
    part("failover", "three processes; the leader is killed", &|_| {
        records::failover(&disk.path().join("failover"), kills, false)
    });
    part(
        "coverage",
        "load, kills, a lost disk, a rolling restart; all that was recorded is validated",
        &|report| {
            let home = disk.path().join("lifecycle");
            let part = records::lifecycle(&home, &counted(Vec::new()), &replayed(), false)?;
            let title = "What processes recorded, and which edges that visited".to_owned();
            report.texts.push((title, part.text.clone()));
            Ok(part)
        },
    );

    if let Some(mistakes) = mistakes {
        part(
            "matrix",
            "mistakes in the real code, one at a time; a layer must notice",
            &|report| {
                let kills = mistakes.matrix(&disk.path().join("matrix"))?;
                let part = parts::matrix(&kills);
                report.kills = Some(kills);
                Ok(part)
            },
        );
    }

    say("\n== verdict\n");
    for (name, summary, holds, took) in &rows {
        let verdict = if *holds { "holds" } else { "DOES NOT HOLD" };
        say(format_args!(
            "{name:<9} {verdict:<14} {:>6.1} s  {summary}",
            took.as_secs_f64()
        ));
    }
    if let Some(directory) = kept {
        report
            .write(directory)
            .with_context(|| format!("cannot write {}", directory.display()))?;
        say(format_args!(
            "\nkept as {}",
            directory.join("index.html").display()
        ));
    }
    let holds = rows.iter().all(|(_, _, holds, _)| *holds);
    say(format_args!(
        "\n{}",
        if holds {
            "All of it holds."
        } else {
            "NOT all of it holds: see above."
        }
    ));
    Ok(holds)
}
