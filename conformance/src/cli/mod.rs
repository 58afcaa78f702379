//! The command line of the conformance suite, and of the whole project's main job.

mod all;
mod args;
mod courses;
mod parts;
mod records;

use crate::home::Home;
use crate::processes::AS_KATAKV;
use crate::shell;
use all::Mistakes;
use args::{Args, Command, REPLAYED, no_such};
use clap::{CommandFactory, Parser};
use katakv_model::report::Report;
use katakv_model::terminal::{note, say};
use katakv_model::{Scope, scopes};
use std::process::ExitCode;

/// The command makes no sense.
const USAGE: u8 = 2;

/// The scopes whose edges are counted besides, beside what processes do: those of hand-overs, reads and lost disks.
const COUNTED: [&str; 3] = ["handover", "reads", "refill-damage"];

fn replayed() -> Vec<Scope> {
    found(REPLAYED)
}

/// Those that are asked for, or else those that are counted anyway.
fn counted(asked_for: Vec<Scope>) -> Vec<Scope> {
    match asked_for.is_empty() {
        true => found(COUNTED),
        false => asked_for,
    }
}

fn found<const N: usize>(names: [&str; N]) -> Vec<Scope> {
    names
        .map(|name| scopes::find(name).expect("a scope that is named here exists"))
        .to_vec()
}

/// Runs the command that the process was started with. As `katakv-conformance katakv ...` it is `katakv ...`, so that
/// the processes of the failover are the server's program, whatever else has been built.
pub fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == AS_KATAKV) {
        return katakv::cli::main_from(std::env::args_os().skip(1));
    }
    let done = match Args::parse().command.unwrap_or(Command::All) {
        Command::All => all::run(None, None),
        Command::Report {
            directory,
            matrix,
            with_matrix,
        } => Mistakes::of(matrix.as_deref(), with_matrix)
            .and_then(|mistakes| all::run(Some(&directory), mistakes.as_ref())),
        Command::Check { what } => {
            let scopes = scopes::named(&what).map_err(|unknown| no_such(unknown, &scopes::words()));
            match scopes {
                Ok(scopes) => parts::check(&scopes, &mut Report::default()).map(|part| part.tell()),
                Err(error) => {
                    note(format_args!("katakv-conformance: {error}"));
                    return ExitCode::from(USAGE);
                }
            }
        }
        Command::Mutants => parts::mutants(&mut Report::default()).map(|part| part.tell()),
        Command::Generate { scope, output } => parts::generate(scope, &output),
        Command::Replay {
            scopes,
            traces,
            trace,
            shard,
            data,
            on_disk,
            json,
        } => match on_disk {
            true => Home::new(None),
            false => Home::in_memory(data),
        }
        .and_then(|home| {
            parts::replay(
                parts::Chosen {
                    scopes,
                    file: traces,
                    only: trace,
                    shard,
                },
                home.path(),
                &mut Report::default(),
            )
        })
        .map(|part| part.tell_as(json)),
        Command::Validate { dir, scopes, json } => {
            records::validate(&dir, &counted(scopes), &replayed()).map(|part| part.tell_as(json))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "katakv-conformance", &mut script);
            say(String::from_utf8_lossy(&script).trim_end());
            Ok(true)
        }
        Command::Matrix { data, only, json } if shell::IS_SABOTAGED => Home::new(data)
            .and_then(|home| shell::matrix(home.path(), &only))
            .map(|matrix| {
                match json {
                    true => say(format_args!("{:#}", matrix.json())),
                    false => say(matrix.to_string().trim_end()),
                }
                matrix.holds()
            }),
        Command::Matrix { data, only, json } => shell::hand_over(data.as_deref(), &only, json),
        Command::Layer { layer, home, traces } => shell::run_layer(&layer, &home, &traces).map(|()| true),
        Command::Lifecycle { data, scopes, json } => Home::new(data)
            .and_then(|home| records::lifecycle(home.path(), &counted(scopes), &replayed(), json))
            .map(|part| part.tell_as(json)),
        Command::Processes {
            traces,
            only,
            sample,
            clusters,
            data,
            json,
        } => Home::new(data).and_then(|home| {
            let chosen = courses::choose(traces.as_deref(), &only, sample)?;
            courses::run(&chosen, usize::from(clusters), home.path(), json)
        }),
        Command::Failover { kills, data, json } => Home::new(data)
            .and_then(|home| records::failover(home.path(), usize::from(kills), json))
            .map(|part| part.tell_as(json)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            note(format_args!("katakv-conformance: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
