//! `check`.

use super::{each, success};
use katakv_model::terminal::{Progress, note, say};
use katakv_model::{check, scopes, table};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Scopes to check; all of them if none is named.
    #[arg(value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Threads to search with.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let scopes = match each("scope", &args.scopes, scopes::all, |scope| scope.name) {
        Ok(scopes) => scopes,
        Err(code) => return code,
    };
    let mut progress = Progress::new();
    let reports = check::run(&scopes, usize::from(args.threads), |scope, so_far| {
        progress.show(|| format!("{}: {so_far}", scope.name));
    });
    progress.clear();
    say(table::scopes(&reports).trim_end());
    for trace in reports.iter().filter_map(|report| report.counterexample.as_ref()) {
        say(format_args!(
            "\nThe shortest way to the violation in {}:",
            trace.scope
        ));
        match trace.system().and_then(|system| trace.tell(&system)) {
            Ok(told) => say(told.trim_end()),
            Err(error) => note(format_args!("error: {error}")),
        }
    }
    success(reports.iter().all(check::ScopeReport::passes))
}
