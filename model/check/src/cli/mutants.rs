//! `mutants`.

use super::{each, interrupt, success};
use katakv_model::hunt::{self, Hunted};
use katakv_model::matrix::Matrix;
use katakv_model::mutants;
use katakv_model::terminal::{Progress, note, say};
use std::process::ExitCode;
use std::sync::Mutex;

#[derive(clap::Args)]
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
    let progress = Mutex::new(Progress::new());
    let hunts = hunt::all_until(&mutants, 2, |place, mutant| {
        // Who does not get to tell does not wait for it.
        if let Ok(mut progress) = progress.try_lock() {
            progress.show(|| format!("{} of {}: {}", place + 1, mutants.len(), mutant.name));
        }
    });
    if let Ok(progress) = progress.lock() {
        progress.clear();
    }
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
