//! `katakv completions`.

use super::exit::{Code, Failure};
use super::print;
use clap::CommandFactory;
use clap_complete::Shell;

/// Print a script that completes this command in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, for bash:
  katakv completions bash > ~/.local/share/bash-completion/completions/katakv")]
pub(super) struct Args {
    /// For which shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Code, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Args::command(), "katakv", &mut script);
    print::result(&script)?;
    Ok(Code::Ok)
}
