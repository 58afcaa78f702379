//! `check`.

use super::{bench, interrupt, no_such};
use katakv_model::check::{self, How, ScopeReport, Verdict};
use katakv_model::terminal::{Progress, note, say};
use katakv_model::{coverage, json, scopes, table};
use std::process::ExitCode;

/// Nothing was found, but not everything was looked at.
const NOT_EXHAUSTED: u8 = 3;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  katakv-model check                                  the quick scopes: a minute on two cores
  katakv-model check tiny votes --coverage            two of them, and which branches, messages and faults they take
  katakv-model check full --seconds 60                all that can be exhausted, a minute each at the most
  katakv-model check storm --seconds 600 --seed 7     random walks where that cannot be; they end with 3

Exit codes:
  0    all holds in every state
  1    something does not
  2    wrong usage
  3    nothing was found, but not every state was looked at
  130  ended with Ctrl-C, with what was known")]
pub(crate) struct Args {
    /// What to check: a set (quick, full, deep) or scopes by name.
    #[arg(value_name = "SET|SCOPE", default_value = "quick")]
    what: Vec<String>,
    /// Threads to search with.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,
    /// Seconds for each scope at the most, instead of what it says itself.
    #[arg(long)]
    seconds: Option<u64>,
    /// What the random walks through deep scopes follow from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The number of the first random walk: where an earlier search of this seed ended.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// And tell what has occurred of all that can: branches of the core, messages, replies, faults, witnesses. Fails on what no
    /// scope of `full` shows and no reason excuses.
    #[arg(long)]
    coverage: bool,
    /// Print what was found as JSON.
    #[arg(long, conflicts_with = "coverage")]
    json: bool,
    /// Instead: how fast states are checked and what memory they take, beside Stateright's own Paxos example.
    #[arg(long, exclusive = true)]
    bench: bool,
    /// One figure of it.
    #[arg(long, hide = true, exclusive = true)]
    bench_one: Option<bench::One>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    if let Some(one) = &args.bench_one {
        return bench::one(one);
    }
    if args.bench {
        return bench::all();
    }
    let scopes = match scopes::named(&args.what) {
        Ok(scopes) => scopes,
        Err(unknown) => return no_such("set or scope", unknown, &scopes::words()),
    };
    let mut progress = Progress::new();
    let how = How {
        threads: usize::from(args.threads),
        seed: args.seed,
        from: args.from,
        coverage: args.coverage,
        seconds_max: args.seconds,
    };
    interrupt::ends_early();
    let mut place = 0;
    let mut last = "";
    let reports = check::run(&scopes, how, |scope, so_far| {
        place += usize::from(scope.name != last);
        last = scope.name;
        progress.show(|| format!("{place} of {}, {}: {so_far}", scopes.len(), scope.name));
    });
    progress.clear();
    if args.json {
        let run = json::Run::of(&reports);
        say(serde_json::to_string_pretty(&run).expect("names and numbers are JSON"));
    } else {
        tell(&reports);
    }
    if let Some(code) = interrupt::code() {
        return code;
    }
    if args.coverage {
        say(format_args!("\n{}", coverage::render(&reports).trim_end()));
        if coverage::is_whole(&reports) == Some(false) {
            return ExitCode::FAILURE;
        }
    }
    match reports.iter().map(ScopeReport::verdict).max() {
        None | Some(Verdict::Holds) => ExitCode::SUCCESS,
        Some(Verdict::Fails) => ExitCode::FAILURE,
        Some(Verdict::NotExhausted) => ExitCode::from(NOT_EXHAUSTED),
    }
}

fn tell(reports: &[ScopeReport]) {
    say(table::scopes(reports).trim_end());
    for trace in reports.iter().filter_map(|report| report.counterexample.as_ref()) {
        say(format_args!("\nA way to the violation in {}:", trace.scope));
        match trace.system().and_then(|system| trace.tell(&system)) {
            Ok(told) => say(told.trim_end()),
            Err(error) => note(format_args!("error: {error}")),
        }
    }
}
