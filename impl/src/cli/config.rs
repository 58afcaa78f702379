//! `katakv config`, and the configuration that other commands are given.

use super::exit::{Code, Failure};
use super::print;
use crate::config::{ConfigFile, EXAMPLE};
use std::path::PathBuf;

/// Print a configuration file that has every key, or check one
///
/// `serve`, `router` and the client commands take such a file with --config; what is said on the command line as well
/// counts more.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv config > cluster.toml
  katakv config --check cluster.toml
  katakv serve --config cluster.toml --id 1 --data ./node1")]
pub(super) struct Args {
    /// Say whether this file is in order, instead
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> Result<Code, Failure> {
    match args.check {
        None => print::result(EXAMPLE.trim_end().as_bytes())?,
        Some(path) => {
            load(&path)?;
            print::note(format_args!("{} is in order", path.display()));
        }
    }
    Ok(Code::Ok)
}

/// Reads a configuration file.
pub(super) fn load(path: &std::path::Path) -> Result<ConfigFile, Failure> {
    ConfigFile::load(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}
