//! What can be said on the command line.

use super::parts;
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use katakv_model::{Scope, scopes};
use std::path::PathBuf;

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
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
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

/// The scopes whose every edge is replayed by default: one with crashes, one with a failover, one
/// in which logs are compacted and states sent, one in which keys expire.
pub(super) const REPLAYED: [&str; 4] = ["tiny", "takeover", "compaction", "expiry-power"];

fn scope(name: &str) -> Result<Scope, String> {
    scopes::find(name).ok_or_else(|| {
        let names: Vec<&str> = scopes::all().iter().map(|scope| scope.name).collect();
        no_such(name, &names)
    })
}

pub(super) fn no_such(name: &str, known: &[&str]) -> String {
    format!("there is no {name:?}; there are: {}", known.join(", "))
}
