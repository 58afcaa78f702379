//! The command line of the conformance suite, and of the whole project's main job.

mod all;
mod courses;
mod parts;
mod records;

use crate::home::Home;
use crate::processes::AS_KATAKV;
use crate::shell;
use all::Mistakes;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use katakv_model::report::Report;
use katakv_model::terminal::{note, say};
use katakv_model::{Scope, scopes};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Without a command it does everything, part by part, and ends in a table and a verdict.

Its parts:
  katakv-conformance report DIR           everything, and a page of it
  katakv-conformance check                check the model's quick scopes exhaustively
  katakv-conformance mutants              break the protocol on purpose; a property must notice
  katakv-conformance generate tiny        traces that take every edge of a scope's state graph
  katakv-conformance replay tiny          drive real nodes along them, comparing the whole state after each step
  katakv-conformance validate DIR         replay what real nodes have recorded through the model
  katakv-conformance processes            take traces on real processes: kill -9, stops, a network that cuts and repeats
  katakv-conformance matrix               make mistakes in the real code; one of three layers must notice
  katakv-conformance failover --kills 5   kill -9 the leader of three real processes
  katakv-conformance lifecycle            the same with a lost disk and a rolling restart, validated from end to end

Exit codes:
  0  everything holds
  1  something does not, or could not be done
  2  wrong usage";

/// KataKV's main job: check the model, kill the mutants, replay the model's traces on real nodes, fail over.
#[derive(Debug, Parser)]
#[command(name = "katakv-conformance", version, after_help = EXAMPLES)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything, in turn: what the program does without a command.
    All,
    /// Everything, in turn, and a page of it: tables, charts, and each counterexample to step through.
    #[command(after_help = "\
Examples:
  katakv-conformance report page                                the main job, and page/index.html of it
  katakv-conformance matrix --json > matrix.json                a quarter of an hour
  katakv-conformance report page --matrix matrix.json           the page with that matrix in it
  katakv-conformance report page --with-matrix wal              with the mistakes in the WAL, made now")]
    Report {
        /// The directory of the page, which is made if it does not exist.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// And the matrix of mistakes around the protocol, from a file that `matrix --json` was printed to.
        #[arg(long, value_name = "FILE")]
        matrix: Option<PathBuf>,
        /// And that matrix, made now; of the mistakes whose name contains TEXT, if it is given. All of them take longer than everything
        /// else together.
        #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "", conflicts_with = "matrix")]
        with_matrix: Option<String>,
    },
    /// Check scopes of the model.
    Check {
        /// A set (quick, full, deep) or scopes by name.
        #[arg(value_name = "SET|SCOPE", default_value = "quick")]
        what: Vec<String>,
    },
    /// Hunt the mutants: each must be killed.
    Mutants,
    /// Generate traces that take every edge of a scope's state graph, one trace a line.
    Generate {
        /// Which scope.
        #[arg(value_parser = scope)]
        scope: Scope,
        /// Where to put them.
        #[arg(long, short, value_name = "FILE", default_value = "traces.jsonl")]
        output: PathBuf,
    },
    /// Replay traces on real nodes: those that take every edge of some scopes' graphs, or those in a file.
    Replay {
        /// Which scopes.
        #[arg(value_parser = scope, default_values = REPLAYED)]
        scopes: Vec<Scope>,
        /// Traces that `generate` made, in place of all of them.
        #[arg(long, value_name = "FILE", conflicts_with = "scopes")]
        traces: Option<PathBuf>,
        /// Only this one, counted from 0.
        #[arg(long, value_name = "N")]
        trace: Option<usize>,
        /// Only a share of them, as 2/4: what several machines replay together.
        #[arg(long, value_name = "K/N", conflicts_with = "trace")]
        shard: Option<parts::Shard>,
        /// Where the nodes' directories go, and stay; without it they are temporary, and in memory if possible: what
        /// a crash takes is decided by the trace, not by the disk.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Temporary directories on a disk, not in memory.
        #[arg(long, conflicts_with = "data")]
        on_disk: bool,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Replay what nodes have recorded (`katakv serve --record DIR`) through the model: every effect, every promise.
    #[command(visible_alias = "verify-trace")]
    Validate {
        /// The directory.
        dir: PathBuf,
        /// Scopes whose edges are counted, beside those that are replayed [default: handover, reads, refill-damage].
        #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
        scopes: Vec<Scope>,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Print a script that completes this command in a shell.
    Completions {
        /// For which shell.
        shell: Shell,
    },
    /// Make mistakes in the real code, one at a time: each must be noticed.
    ///
    /// By a replay, by the validation of what three processes record, or by the ordinary tests. What a replay notices is shrunk
    /// to the shortest trace that shows it. Builds a program that can make mistakes; a release build cannot.
    #[command(after_help = "\
As JSON:
  {holds, noticed, mistakes, shrunk, seconds, rows: [row]}
  row       {mistake, words, noticed_by: {replay, processes, suite}, shortest}
            the first row is of the code without a mistake: its `mistake` and `words` are null
  shortest  null, or {steps, same_again, parting, told, trace}: the shortest trace on which a replay notices; whether
            it leads to the same divergence again; how model and nodes part, in a line; all of it in words; and the trace")]
    Matrix {
        /// Where directories go, and stay, the shortest traces and their pages in `shortest`; without it they are temporary.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Only mistakes whose name contains this.
        #[arg(long, value_name = "TEXT", default_value = "")]
        only: String,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// One layer of the matrix, in a process of its own.
    #[command(hide = true)]
    Layer {
        layer: String,
        home: PathBuf,
        traces: PathBuf,
    },
    /// Let three real processes live through load, kills, a lost disk and a rolling restart.
    ///
    /// All that they recorded is validated, and it tells which edges of the model that visited, beside those that are replayed.
    #[command(visible_alias = "coverage")]
    Lifecycle {
        /// Where the nodes' directories, logs and records go, and stay; without it they are temporary.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Scopes whose edges are counted, beside those that are replayed [default: handover, reads, refill-damage].
        #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
        scopes: Vec<Scope>,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Take traces on real processes: their crashes, their network, their clients.
    ///
    /// Then what clients were promised has to hold, and what the processes recorded is validated.
    #[command(after_help = "\
The processes have clocks of their own and are steered, not driven: the table tells how many steps they followed, and how many they
did not come to. What has to hold is what clients were promised, and what the processes recorded, replayed through the model.

Examples:
  katakv-conformance processes                       the golden traces and some of small scopes, a few minutes
  katakv-conformance processes --sample 12           twelve of them, spread over all
  katakv-conformance processes --only no-lineage     those whose name contains this
  katakv-conformance processes --traces traces.jsonl")]
    Processes {
        /// Traces that `generate` made, in place of the golden ones and some of small scopes.
        #[arg(long, value_name = "FILE")]
        traces: Option<PathBuf>,
        /// Only those whose name contains this.
        #[arg(long, value_name = "TEXT", default_value = "")]
        only: String,
        /// Only so many of them, spread over all.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
        sample: Option<u16>,
        /// On how many clusters of three processes at a time.
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=16))]
        clusters: u16,
        /// Where the nodes' directories, records and logs go, and stay; without it they are temporary.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Kill the leader of three real processes and see what becomes of a write.
    Failover {
        /// How often, in turn.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
        kills: u16,
        /// Where the nodes' directories and logs go, and stay; without it they are temporary.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

/// The command makes no sense.
const USAGE: u8 = 2;

/// The scopes whose every edge is replayed by default: one with crashes, one with a failover, one
/// in which logs are compacted and states sent, one in which keys expire.
const REPLAYED: [&str; 4] = ["tiny", "takeover", "compaction", "expiry-power"];

/// The scopes whose edges are counted besides, beside what processes do: those of hand-overs, reads and lost disks.
const COUNTED: [&str; 3] = ["handover", "reads", "refill-damage"];

fn replayed() -> Vec<Scope> {
    found(REPLAYED)
}

/// Those that are asked for, or else those that are counted anyway.
fn counted(asked_for: Vec<Scope>) -> Vec<Scope> {
    match asked_for.is_empty() {
        true => found(COUNTED),
        false => asked_for,
    }
}

fn found<const N: usize>(names: [&str; N]) -> Vec<Scope> {
    names
        .map(|name| scopes::find(name).expect("a scope that is named here exists"))
        .to_vec()
}

/// Runs the command that the process was started with. As `katakv-conformance katakv ...` it is `katakv ...`, so that
/// the processes of the failover are the server's program, whatever else has been built.
pub fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == AS_KATAKV) {
        return katakv::cli::main_from(std::env::args_os().skip(1));
    }
    let done = match Args::parse().command.unwrap_or(Command::All) {
        Command::All => all::run(None, None),
        Command::Report {
            directory,
            matrix,
            with_matrix,
        } => {
            let mistakes = matrix.map(Mistakes::In).or(with_matrix.map(Mistakes::Made));
            all::run(Some(&directory), mistakes.as_ref())
        }
        Command::Check { what } => {
            let scopes = scopes::named(&what).map_err(|unknown| no_such(unknown, &scopes::words()));
            match scopes {
                Ok(scopes) => parts::check(&scopes, &mut Report::default()).map(|part| part.tell()),
                Err(error) => {
                    note(format_args!("katakv-conformance: {error}"));
                    return ExitCode::from(USAGE);
                }
            }
        }
        Command::Mutants => parts::mutants(&mut Report::default()).map(|part| part.tell()),
        Command::Generate { scope, output } => parts::generate(scope, &output),
        Command::Replay {
            scopes,
            traces,
            trace,
            shard,
            data,
            on_disk,
            json,
        } => match on_disk {
            true => Home::new(None),
            false => Home::in_memory(data),
        }
        .and_then(|home| {
            parts::replay(
                parts::Chosen {
                    scopes,
                    file: traces,
                    only: trace,
                    shard,
                },
                home.path(),
                &mut Report::default(),
            )
        })
        .map(|part| part.tell_as(json)),
        Command::Validate { dir, scopes, json } => {
            records::validate(&dir, &counted(scopes), &replayed()).map(|part| part.tell_as(json))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "katakv-conformance", &mut script);
            say(String::from_utf8_lossy(&script).trim_end());
            Ok(true)
        }
        Command::Matrix { data, only, json } if shell::IS_SABOTAGED => Home::new(data)
            .and_then(|home| shell::matrix(home.path(), &only))
            .map(|matrix| {
                match json {
                    true => say(format_args!("{:#}", matrix.json())),
                    false => say(matrix.to_string().trim_end()),
                }
                matrix.holds()
            }),
        Command::Matrix { data, only, json } => shell::hand_over(data.as_deref(), &only, json),
        Command::Layer { layer, home, traces } => shell::run_layer(&layer, &home, &traces).map(|()| true),
        Command::Lifecycle { data, scopes, json } => Home::new(data)
            .and_then(|home| records::lifecycle(home.path(), &counted(scopes), &replayed(), json))
            .map(|part| part.tell_as(json)),
        Command::Processes {
            traces,
            only,
            sample,
            clusters,
            data,
            json,
        } => Home::new(data).and_then(|home| {
            let chosen = courses::choose(traces.as_deref(), &only, sample)?;
            courses::run(&chosen, usize::from(clusters), home.path(), json)
        }),
        Command::Failover { kills, data, json } => Home::new(data)
            .and_then(|home| records::failover(home.path(), usize::from(kills), json))
            .map(|part| part.tell_as(json)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            note(format_args!("katakv-conformance: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn scope(name: &str) -> Result<Scope, String> {
    scopes::find(name).ok_or_else(|| {
        let names: Vec<&str> = scopes::all().iter().map(|scope| scope.name).collect();
        no_such(name, &names)
    })
}

fn no_such(name: &str, known: &[&str]) -> String {
    format!("there is no {name:?}; there are: {}", known.join(", "))
}
