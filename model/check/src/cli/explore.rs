//! `explore`.

use super::{USAGE, each, interrupt};
use katakv_model::explore::{self, What};
use katakv_model::mutants::{self, Killer, Mutant};
use katakv_model::terminal::{Pieces, note, say};
use katakv_model::{Scope, Set, scopes, source};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(after_help = "\
Clicking an action goes one step further, and the page says which properties hold in the state that it shows. \"Run to
completion\" starts Stateright's search; until then its list of properties, on the left, tells nothing.

Examples:
  katakv-model explore tiny                           from the beginning; every possible action is a link
  katakv-model explore --mutant vote-not-persisted    a wrong protocol, at the end of its shortest counterexample
  katakv-model explore --trace divergence.json        at the end of a trace that was kept

Exit codes:
  1    the port cannot be had
  2    wrong usage, or no such trace
  130  ended with Ctrl-C, which is the way to end it")]
pub(crate) struct Args {
    /// The scope.
    #[arg(required_unless_present_any = ["trace", "mutant"])]
    scope: Option<String>,
    /// Run under this wrong protocol, and open at the end of its shortest counterexample; without a scope in the one that it is
    /// hunted in.
    #[arg(long)]
    mutant: Option<String>,
    /// Open at the end of the trace in this file instead: as JSON, one a line, or as text.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scope", "mutant"])]
    trace: Option<String>,
    /// Of a file with several traces: which, counted from 0.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "trace")]
    number: usize,
    /// The port on the loopback interface.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// After how many states "Run to completion" ends. It keeps all that it has yet to look at in memory.
    #[arg(long, value_name = "N", default_value_t = 500_000)]
    states: usize,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let what = match what(args) {
        Ok(what) => what,
        Err(code) => return code,
    };
    interrupt::ends_with("the Explorer is stopped");
    let served = explore::serve(&what, args.port, args.states, |address| {
        say(format_args!("Open {address}"));
        tell(&what, args.states);
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

/// What to explore, or what ends the command.
fn what(args: &Args) -> Result<What, ExitCode> {
    let usage = |error: &dyn std::fmt::Display| {
        note(format_args!("error: {error}"));
        ExitCode::from(USAGE)
    };
    if let Some(file) = &args.trace {
        let trace = source::find(file, None, args.number).map_err(|error| usage(&error))?;
        return What::trace(trace).map_err(|error| usage(&error));
    }
    let all = || mutants::ALL.iter().collect();
    let mutant: Option<&'static Mutant> = match &args.mutant {
        Some(name) => Some(each("mutant", std::slice::from_ref(name), all, |mutant| mutant.name)?[0]),
        None => None,
    };
    let own = mutant.map(|mutant| mutant.scope.to_owned());
    let named = args.scope.clone().or(own);
    let scope = each("scope", named.as_slice(), scopes::all, |scope| scope.name)?[0];
    Ok(match mutant {
        Some(mutant) => opened(scope, mutant),
        None => What::scope(scope),
    })
}

/// A mutant in a scope. In a large one its counterexample is looked for for a while.
fn opened(scope: Scope, mutant: &'static Mutant) -> What {
    let pieces = Pieces::new(explore::STATES_MAX, "states at most, for a counterexample");
    let what = What::mutant(scope, mutant, |unique| pieces.show(unique));
    pieces.clear();
    what
}

fn tell(what: &What, states_max: usize) {
    match (what.mutant, &what.trace) {
        (Some(mutant), Some(trace)) => say(format_args!(
            "It shows the {} steps after which {} is given away: {}.",
            trace.steps.len(),
            mutant.name,
            mutant.words
        )),
        (Some(mutant), None) if mutant.scope == what.scope.name => say(format_args!(
            "{} violates no property, so it opens at the start. It is given away by {}: {}.",
            mutant.name,
            match mutant.killed_by {
                Killer::Witness(_) => "what is never seen",
                Killer::Property(_) | Killer::Stuck => "something else",
            },
            mutant.killed_by.name()
        )),
        (Some(mutant), None) => say(format_args!(
            "No property gives {0} away within the states of this scope that were looked at, so it opens at the start. \
             It is hunted in the scope {1}: `explore {1} --mutant {0}`.",
            mutant.name, mutant.scope
        )),
        (None, Some(trace)) => say(format_args!(
            "It shows the end of a trace of {} steps.",
            trace.steps.len()
        )),
        (None, None) => say("It opens at the start. Every action that is possible is a link."),
    }
    if what.scope.set != Set::Quick {
        say(format_args!(
            "The scope {} is too large to be searched to its end here: \"Run to completion\" stops after {states_max} states. \
             `check {}` goes through it.",
            what.scope.name, what.scope.name
        ));
    }
}
