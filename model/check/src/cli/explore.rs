//! `explore`.

use super::each;
use katakv_model::terminal::{note, say};
use katakv_model::{explore, mutants, scopes};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Clicking an action goes one step further. \"Run to completion\" starts the search itself; until \
                        then the properties on the left are merely not violated by what was looked at."
)]
pub(crate) struct Args {
    /// The scope.
    scope: String,
    /// Run under this wrong protocol, and open at the end of its shortest counterexample.
    #[arg(long)]
    mutant: Option<String>,
    /// The port on the loopback interface.
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let scope = each("scope", std::slice::from_ref(&args.scope), scopes::all, |scope| {
        scope.name
    });
    let mutants = match &args.mutant {
        None => Ok(Vec::new()),
        Some(name) => {
            let all = || mutants::ALL.iter().collect();
            each("mutant", std::slice::from_ref(name), all, |mutant| mutant.name)
        }
    };
    let (scope, mutant) = match (scope, mutants) {
        (Ok(scopes), Ok(mutants)) => (scopes[0], mutants.first().copied()),
        (Err(code), _) | (_, Err(code)) => return code,
    };
    let served = explore::serve(scope, mutant, args.port, |address, trace| {
        say(format_args!("Open {address}"));
        match (mutant, trace) {
            (Some(mutant), Some(trace)) => {
                let steps = trace.steps.len();
                say(format_args!(
                    "It shows the {steps} steps after which {} is given away.",
                    mutant.name
                ));
            }
            (Some(mutant), None) => {
                say(format_args!(
                    "No property gives {} away in this scope; it opens at the start.",
                    mutant.name
                ));
            }
            (None, _) => say("It opens at the start. Every action that is possible is a link."),
        }
        say("Ctrl-C ends it.");
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            note(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}
