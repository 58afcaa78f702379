//! The command line: servers, a router, a cluster to try things on, and a client for the shell.
//!
//! Results go to stdout and nothing else does; what a person wants to know besides goes to stderr, as do logs. An
//! error says what to do next, and its kind is the exit code ([`Code`]).

mod any;
mod await_level;
mod backup;
mod begin;
mod bench;
mod check_data;
mod completions;
mod config;
mod data;
mod dev;
mod exit;
mod fate;
mod logs;
mod place;
mod print;
mod quarantine;
mod route;
mod scan;
mod serve;
mod session;
mod status;
mod stop;
mod target;
mod transact;
mod transfer;
mod ttl;

pub use exit::Code;

use clap::{Parser, Subcommand};
use exit::Failure;
use std::ffi::OsString;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Try it:
  katakv dev                                  three nodes and a router on this machine
  katakv put greeting hello --session s.txt   (in another shell)
  katakv get greeting --session s.txt         sees the write, whichever replica answers
  katakv status                               who leads what, and how far each node is

Sessions:
  A session is a token that the client holds: it names what the client has seen. With it, a read includes every
  write that the client was told is done. --session FILE keeps it in a file; --token TEXT takes it as printed.

Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  get: the key has no value
  4  LOST: a failover truncated what the session has seen, or what `fate` or `await` was asked about
  5  unavailable: nobody answered in time; a write was surely not carried out
  6  outcome unknown: a write may have been carried out or not, `fate` can tell, later; or what `await` waits for was not
     reached in time
  7  damaged: what was on a disk, or in a backup, is not what it should be
  8  conflict: a condition of `cas` or `batch` did not hold, and nothing was changed";

/// KataKV: a sharded, replicated key-value store with 10 partitions and 3 replicas of each.
#[derive(Debug, Parser)]
#[command(name = "katakv", version, after_help = EXAMPLES)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Init(begin::InitArgs),
    Refill(begin::RefillArgs),
    Router(route::Args),
    Dev(dev::Args),
    Put(data::PutArgs),
    Get(data::GetArgs),
    Delete(data::DeleteArgs),
    Scan(scan::Args),
    Cas(transact::CasArgs),
    Batch(transact::BatchArgs),
    Status(status::Args),
    Transfer(transfer::Args),
    Fate(fate::Args),
    Await(await_level::Args),
    Bench(bench::Args),
    Config(config::Args),
    #[command(subcommand)]
    Session(session::Command),
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    CheckData(check_data::Args),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    Completions(completions::Args),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    main_from(std::env::args_os())
}

/// Runs the command that `args` say, the program's name first: for programs that have this one built in.
pub fn main_from(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args = Args::parse_from(args);
    let serves = matches!(args.command, Command::Serve(_) | Command::Router(_));
    logs::init(if serves { "info" } else { "warn" });
    let code = match run(args.command) {
        Ok(code) => code,
        Err(failure) => {
            print::note(format_args!("katakv: {}", failure.message));
            failure.code
        }
    };
    ExitCode::from(code as u8)
}

fn run(command: Command) -> Result<Code, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        match command {
            Command::Serve(args) => serve::run(args).await,
            Command::Init(args) => begin::init(args),
            Command::Refill(args) => begin::refill(args),
            Command::Router(args) => route::run(args).await,
            Command::Dev(args) => dev::run(args).await,
            Command::Put(args) => data::put(args).await,
            Command::Get(args) => data::get(args).await,
            Command::Delete(args) => data::delete(args).await,
            Command::Scan(args) => scan::run(args).await,
            Command::Cas(args) => transact::cas(args).await,
            Command::Batch(args) => transact::batch(args).await,
            Command::Status(args) => status::run(args).await,
            Command::Transfer(args) => transfer::run(args).await,
            Command::Fate(args) => fate::run(args).await,
            Command::Await(args) => await_level::run(args).await,
            Command::Bench(args) => bench::run(args).await,
            Command::Config(args) => config::run(args),
            Command::Session(command) => session::run(command),
            Command::Quarantine(command) => quarantine::run(command).await,
            Command::CheckData(args) => check_data::run(args).await,
            Command::Backup(args) => backup::backup(args).await,
            Command::Restore(args) => backup::restore(args).await,
            Command::Completions(args) => completions::run(&args),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_help_names_every_exit_code() {
        let help = Args::command().render_help().to_string();
        for code in Code::ALL {
            assert!(help.contains(&format!("\n  {}  ", code as u8)), "{code:?}");
        }
    }
}
