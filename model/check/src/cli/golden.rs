//! `golden`.

use super::success;
use katakv_model::golden::{self, Files};
use katakv_model::terminal::{Progress, note, say};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 all is current, or is now; 1 something is not, or cannot be written.")]
pub(crate) struct Args {
    /// Change nothing, and fail if something would be changed.
    #[arg(long)]
    check: bool,
    /// The directory of the specification.
    #[arg(long, value_name = "DIR", default_value = "specs")]
    specs: PathBuf,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let mut progress = Progress::new();
    let files = golden::files(|what| progress.show(|| format!("the shortest way: {what}")));
    progress.clear();
    let files = match files {
        Ok(files) => files,
        Err(error) => {
            note(format_args!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let mut differences = missing(&files);
    for (path, text) in &files {
        let whole = args.specs.join(path);
        if std::fs::read_to_string(&whole).is_ok_and(|known| known == *text) {
            continue;
        }
        if args.check {
            differences.push(format!("{} is not current", whole.display()));
        } else if let Err(error) = write(&whole, text) {
            differences.push(format!("cannot write {}: {error}", whole.display()));
        }
    }
    for path in present(&args.specs)
        .into_iter()
        .filter(|path| !files.contains_key(path))
    {
        let whole = args.specs.join(&path);
        if args.check {
            differences.push(format!("{} is of nothing", whole.display()));
        } else if let Err(error) = std::fs::remove_file(&whole) {
            differences.push(format!("cannot remove {}: {error}", whole.display()));
        }
    }
    differences
        .iter()
        .for_each(|difference| note(format_args!("error: {difference}")));
    if differences.is_empty() {
        say(format_args!("{} files are current", files.len()));
    } else if args.check {
        note("`katakv-model golden` makes them anew; look at what it changes");
    }
    success(differences.is_empty())
}

/// What there has to be and no search has found.
fn missing(files: &Files) -> Vec<String> {
    let expected = golden::expected().into_iter();
    expected
        .filter(|path| !files.contains_key(path))
        .map(|path| format!("there is no trace for {}", path.display()))
        .collect()
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(path, text)
}

/// What there is.
fn present(specs: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for directory in ["traces/mutants", "traces/witnesses", "pictures"] {
        let entries = std::fs::read_dir(specs.join(directory))
            .into_iter()
            .flatten()
            .flatten();
        paths.extend(entries.map(|entry| Path::new(directory).join(entry.file_name())));
    }
    paths
}
