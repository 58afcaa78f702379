//! `katakv-model`: checks the protocol of KataKV exhaustively, kills wrong versions of it, and shows both.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(cli::Args::parse())
}
