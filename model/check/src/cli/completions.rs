//! `completions`.

use clap::CommandFactory;
use clap_complete::Shell;
use katakv_model::terminal::say;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Example, for bash: katakv-model completions bash > ~/.local/share/bash-completion/completions/katakv-model"
)]
pub(crate) struct Args {
    /// For which shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let mut script = Vec::new();
    let mut command = super::Args::command();
    clap_complete::generate(args.shell, &mut command, "katakv-model", &mut script);
    say(String::from_utf8_lossy(&script).trim_end());
    ExitCode::SUCCESS
}
