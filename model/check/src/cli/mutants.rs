//! `mutants`.

use super::{each, interrupt, success};
use katakv_model::hunt::{self, Hunted};
use katakv_model::matrix::Matrix;
use katakv_model::mutants::{self, Mutant};
use katakv_model::terminal::{Pieces, note, say};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  katakv-model mutants                                all of them, and who notices which: under a minute on two cores
  katakv-model mutants early-vote-request --trace     one, and its shortest counterexample in words

Exit codes:
  0    each is given away as expected, and, of all of them, every property is needed
  1    one survives, or is given away by something else
  2    wrong usage
  130  ended with Ctrl-C, with what was known")]
pub(crate) struct Args {
    /// Mutants to hunt; all of them if none is named.
    #[arg(value_name = "MUTANT")]
    mutants: Vec<String>,
    /// Print the matrix as JSON.
    #[arg(long, conflicts_with = "trace")]
    json: bool,
    /// Tell each shortest counterexample in words.
    #[arg(long)]
    trace: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let all = || mutants::ALL.iter().collect();
    let mutants = match each("mutant", &args.mutants, all, |mutant| mutant.name) {
        Ok(mutants) => mutants,
        Err(code) => return code,
    };
    interrupt::ends_early();
    let hunts = hunted(&mutants);
    let matrix = Matrix::of(&hunts);
    if args.json {
        let json = serde_json::to_string_pretty(&matrix).expect("names and numbers are JSON");
        say(json);
    } else {
        say(matrix.render().trim_end());
    }
    if args.trace {
        hunts.iter().for_each(tell);
    }
    interrupt::code().unwrap_or_else(|| success(matrix.holds()))
}

/// Hunts them, and shows how far that is.
pub(super) fn hunted(mutants: &[&'static Mutant]) -> Vec<Hunted> {
    let pieces = Pieces::new(mutants.len(), "mutants");
    let hunts = hunt::all_until(mutants, 2, |place, mutant| {
        pieces.show_with(place, || format!(": {}", mutant.name));
    });
    pieces.clear();
    hunts
}

fn tell(hunted: &Hunted) {
    let Some(trace) = &hunted.trace else { return };
    say(format_args!("\n{}: {}.", hunted.mutant.name, hunted.mutant.words));
    match trace.system().and_then(|system| trace.tell(&system)) {
        Ok(told) => say(told.trim_end()),
        Err(error) => note(format_args!("error: {error}")),
    }
    say(format_args!(
        "      and then does not hold: {}",
        hunted.killed_by.join(", ")
    ));
}
