//! `report`.

use super::mutants::hunted;
use super::{interrupt, no_such, success};
use katakv_model::check::{self, How, ScopeReport};
use katakv_model::matrix::Matrix;
use katakv_model::report::Report;
use katakv_model::terminal::{Progress, note, say};
use katakv_model::{mutants, scopes};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  katakv-model report page                            the quick scopes and all mutants: open page/index.html
  katakv-model report page tiny votes                 two scopes and all mutants

Exit codes:
  0    all holds
  1    something does not, or the page cannot be written
  2    wrong usage
  130  ended with Ctrl-C, with a page of what was known")]
pub(crate) struct Args {
    /// The directory of the page, which is made if it does not exist.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// What to check: sets or scopes by name.
    #[arg(value_name = "SET|SCOPE", default_value = "quick")]
    what: Vec<String>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let scopes = match scopes::named(&args.what) {
        Ok(scopes) => scopes,
        Err(unknown) => return no_such("set or scope", unknown, &scopes::words()),
    };
    interrupt::ends_early();
    let mut report = Report::default();
    let mut progress = Progress::new();
    let how = How {
        coverage: true,
        ..How::on(2)
    };
    report.checked = check::run(&scopes, how, |scope, so_far| {
        report.sample(scope, &so_far);
        progress.show(|| format!("{}: {so_far}", scope.name));
    });
    progress.clear();
    let all: Vec<_> = mutants::ALL.iter().collect();
    report.hunts = hunted(&all);
    let matrix = Matrix::of(&report.hunts);
    let unique: usize = report.checked.iter().map(|checked| checked.unique).sum();
    report.verdicts = vec![
        (
            "check".into(),
            report.checked.iter().all(ScopeReport::passes),
            format!("{} scopes, {unique} unique states", report.checked.len()),
        ),
        (
            "mutants".into(),
            matrix.holds(),
            format!("{} of {} given away", matrix.killed(), report.hunts.len()),
        ),
    ];
    if let Err(error) = report.write(&args.directory) {
        note(format_args!(
            "error: cannot write {}: {error}",
            args.directory.display()
        ));
        return ExitCode::FAILURE;
    }
    say(format_args!("{}", args.directory.join("index.html").display()));
    let holds = report.verdicts.iter().all(|(_, holds, _)| *holds);
    interrupt::code().unwrap_or_else(|| success(holds))
}
