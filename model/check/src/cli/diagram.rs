//! `diagram`.

use super::USAGE;
use katakv_model::diagram::{self, Tale};
use katakv_model::source;
use katakv_model::terminal::{note, say};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  katakv-model diagram early-vote-request -o early.svg
  katakv-model diagram tiny --witness \"a leader serves\" -o serves.html
  katakv-model diagram storm --walk 7 --steps 100 -o walk.html
  katakv-model diagram traces.jsonl --trace 17 -o 17.html

Exit codes:
  0    it is drawn
  1    it cannot be written
  2    there is no such trace, or wrong usage")]
pub(crate) struct Args {
    /// A mutant, a scope, or a file with traces.
    trace: String,
    /// Of a scope: the witness that the trace leads to.
    #[arg(long, value_name = "NAME")]
    witness: Option<String>,
    /// Of a scope: the random walk that bears this number, as `check` counts them in a deep scope.
    #[arg(long, value_name = "N", conflicts_with = "witness")]
    walk: Option<u64>,
    /// What the walk follows from.
    #[arg(long, default_value_t = 0, requires = "walk")]
    seed: u64,
    /// How many steps of the walk are drawn at most.
    #[arg(long, value_name = "N", default_value_t = 200, requires = "walk")]
    steps: usize,
    /// Of a file with several traces: which, counted from 0.
    #[arg(long = "trace", value_name = "N", default_value_t = 0)]
    place: usize,
    /// Where to put it: a name that ends in .svg or .html.
    #[arg(long, short, value_name = "FILE", value_parser = drawable)]
    output: PathBuf,
}

fn drawable(name: &str) -> Result<PathBuf, &'static str> {
    let path = PathBuf::from(name);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("svg" | "html") => Ok(path),
        _ => Err("it has to end in .svg or .html"),
    }
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let found = match args.walk {
        Some(number) => source::walk(&args.trace, args.seed, number, args.steps),
        None => source::find(&args.trace, args.witness.as_deref(), args.place),
    };
    let trace = match found {
        Ok(trace) => trace,
        Err(error) => {
            note(format_args!("error: {error}"));
            return ExitCode::from(USAGE);
        }
    };
    let tale = match Tale::of(&trace) {
        Ok(tale) => tale,
        Err(error) => {
            note(format_args!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let is_page = args
        .output
        .extension()
        .is_some_and(|extension| extension == "html");
    let drawn = if is_page {
        diagram::page(&tale)
    } else {
        diagram::picture(&tale)
    };
    if let Err(error) = std::fs::write(&args.output, drawn) {
        note(format_args!(
            "error: cannot write {}: {error}",
            args.output.display()
        ));
        return ExitCode::FAILURE;
    }
    say(format_args!(
        "{} steps: {}",
        trace.steps.len(),
        args.output.display()
    ));
    ExitCode::SUCCESS
}
