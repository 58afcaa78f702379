//! The main job, from the model to three processes, and its verdict.

use super::parts::{self, Chosen, Part};
use super::{Home, replayed};
use katakv_model::terminal::say;
use katakv_model::{Set, scopes};
use std::time::Instant;

/// Does every part in turn; returns whether all of it holds. A part that cannot be done does not hold.
pub fn run() -> anyhow::Result<bool> {
    let (memory, disk) = (Home::in_memory(None)?, Home::new(None)?);
    let kills = 3;
    let mut rows = Vec::new();
    let mut part = |name: &'static str, words: &str, run: &dyn Fn() -> anyhow::Result<Part>| {
        say(format_args!("\n== {name}: {words}\n"));
        let started = Instant::now();
        let (summary, holds) = match run() {
            Ok(part) => (part.summary.clone(), part.tell()),
            Err(error) => {
                say(format_args!("{error:#}"));
                (format!("could not be done: {error}"), false)
            }
        };
        rows.push((name, summary, holds, started.elapsed()));
    };
    part(
        "check",
        "every state of every quick scope, against every property",
        &|| parts::check(&scopes::of(Set::Quick)),
    );
    part(
        "mutants",
        "one decision broken at a time; a property must notice",
        &parts::mutants,
    );
    part(
        "replay",
        "every edge of three scopes' graphs, on real nodes",
        &|| {
            let scopes = replayed();
            parts::replay(
                Chosen {
                    scopes,
                    file: None,
                    only: None,
                },
                memory.path(),
            )
        },
    );
    part("failover", "three processes; the leader is killed", &|| {
        parts::failover(disk.path(), kills)
    });

    say("\n== verdict\n");
    for (name, summary, holds, took) in &rows {
        let verdict = if *holds { "holds" } else { "DOES NOT HOLD" };
        say(format_args!(
            "{name:<9} {verdict:<14} {:>6.1} s  {summary}",
            took.as_secs_f64()
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
