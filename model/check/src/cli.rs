//! The command line. Exit codes: 0 all is well, 1 something is not, 2 the command makes no sense, 3 nothing was found but
//! not everything was looked at, 130 ended with Ctrl-C.

mod bench;
mod check;
mod completions;
mod diagram;
mod explore;
mod golden;
mod interrupt;
mod list;
mod mutants;
mod report;

use clap::{Parser, Subcommand};
use katakv_model::terminal::note;
use std::process::ExitCode;

/// The command makes no sense.
const USAGE: u8 = 2;

/// Model checker of KataKV's replication protocol.
///
/// Every command works on *scopes*: bounded versions of the world. The protocol that
/// is searched is the very code that the server runs.
#[derive(Parser)]
#[command(
    name = "katakv-model",
    version,
    after_help = "Examples:\n  \
        katakv-model check                      the quick scopes, every property; 0 only if all hold and all is seen\n  \
        katakv-model check full                 every scope that can be exhausted\n  \
        katakv-model check tiny votes           two of them\n  \
        katakv-model check deep --seconds 60 --seed 7\n                                          \
        random walks through the others; never says that it has seen all\n  \
        katakv-model mutants                    every wrong protocol must be given away\n  \
        katakv-model mutants no-lineage-check --trace\n                                          \
        how, step by step\n  \
        katakv-model diagram no-lineage-check -o lineage.html\n                                          \
        as a page that one steps through\n  \
        katakv-model explore votes --mutant vote-not-persisted\n                                          \
        the same in Stateright's Explorer"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Search scopes and say which properties hold.
    Check(check::Args),
    /// Hunt wrong protocols; each must be given away by a property, or by a witness that is never seen.
    Mutants(mutants::Args),
    /// Draw a trace: a picture, or a page that one steps through.
    Diagram(diagram::Args),
    /// Make anew what is kept of traces and pictures beside the specification, or check that it is current.
    Golden(golden::Args),
    /// Check scopes, hunt every mutant, and make a page of it.
    Report(report::Args),
    /// Serve Stateright's Explorer on a scope, opened at the end of a mutant's counterexample.
    Explore(explore::Args),
    /// List the scopes: what each bounds, and why that is enough.
    Scopes,
    /// List the properties, their witnesses and the mutants.
    Properties,
    /// Print a script that completes this command in a shell.
    Completions(completions::Args),
}

pub(crate) fn run(args: Args) -> ExitCode {
    match args.command {
        Command::Check(args) => check::run(&args),
        Command::Mutants(args) => mutants::run(&args),
        Command::Diagram(args) => diagram::run(&args),
        Command::Golden(args) => golden::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Explore(args) => explore::run(&args),
        Command::Scopes => list::scopes(),
        Command::Properties => list::properties(),
        Command::Completions(args) => completions::run(&args),
    }
}

/// Each name's meaning, or what there is instead of the first one that means nothing.
fn each<T>(
    what: &str,
    names: &[String],
    all: impl Fn() -> Vec<T>,
    name_of: impl Fn(&T) -> &'static str,
) -> Result<Vec<T>, ExitCode> {
    if names.is_empty() {
        return Ok(all());
    }
    let known: Vec<&str> = all().iter().map(&name_of).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(no_such(what, unknown, &known));
    }
    let is_named = |one: &T| names.iter().any(|name| name == name_of(one));
    Ok(all().into_iter().filter(is_named).collect())
}

fn no_such(what: &str, unknown: &str, known: &[&str]) -> ExitCode {
    let known = known.join(", ");
    note(format_args!(
        "error: there is no {what} {unknown:?}; there are: {known}"
    ));
    ExitCode::from(USAGE)
}

fn success(well: bool) -> ExitCode {
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
