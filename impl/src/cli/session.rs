//! `session merge`: two sessions as one.

use super::exit::{Code, Failure};
use super::print;
use crate::session::{self, Session};
use std::path::{Path, PathBuf};

/// Work with sessions, without a cluster
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Merge(MergeArgs),
}

/// Merge what several clients have seen
///
/// Prints a token under which reads include what any of them was told is done, or say LOST. One service can so hand what it has seen to the next.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv session merge one.txt other.txt
  katakv session merge kv1:... kv1:... --into both.txt")]
pub(super) struct MergeArgs {
    /// Sessions: tokens as they were printed, or files that hold them
    #[arg(required = true, num_args = 2.., value_name = "SESSION")]
    sessions: Vec<String>,
    /// Keep the merged session in FILE, too
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
}

pub(super) fn run(command: Command) -> Result<Code, Failure> {
    let Command::Merge(args) = command;
    let mut merged = Session::default();
    for text in &args.sessions {
        merged.merge(&read(text)?).map_err(Failure::failed)?;
    }
    if let Some(path) = &args.into {
        session::store(path, &merged)?;
    }
    print::result(merged.to_string().as_bytes())?;
    Ok(Code::Ok)
}

/// A token, or else the file of that name, which has to be there: a session that is missing would be one that has seen nothing.
fn read(text: &str) -> Result<Session, Failure> {
    if let Ok(session) = text.parse() {
        return Ok(session);
    }
    let path = Path::new(text);
    match path.exists() {
        true => Ok(session::load(path)?),
        false => Err(Failure::usage(format!(
            "{text} is neither a session's token nor a file"
        ))),
    }
}
