//! `quarantine`: the operations that a failover took back, on the disks of the nodes that had them.

use super::exit::{Code, Failure};
use super::print;
use super::target::Target;
use super::ttl::Ttl;
use crate::client::{Client, ClusterStatus, Reapplied, Reapply};
use crate::wire::Status;
use clap::Subcommand;
use katakv_core::{Entry, EntryId, NodeId, Op, Partition, Payload};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Look at the operations that a failover took back, and carry them out again
///
/// An operation that was acknowledged at level `leader` may be truncated by a failover. The nodes that had it keep it in
/// quarantine, deletes and transactions too.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  katakv quarantine list
  katakv quarantine export >lost.jsonl
  katakv quarantine apply lost.jsonl")]
pub(super) enum Command {
    /// List what each node has in quarantine: node, partition, entry, operation. Exit code 5 if a node did not answer
    List {
        #[command(flatten)]
        target: Target,
    },
    /// Print each operation once, as a line of JSON. Exit code 5 if a node did not answer
    Export {
        #[command(flatten)]
        target: Target,
    },
    /// Carry out exported operations again, each if nobody has changed its keys since
    ///
    /// Takes them in the order of the lines and acknowledges at `quorum`. An operation whose key was changed after the
    /// failover is left undone, and exit code 1 says so; one that was carried out before is not carried out twice.
    Apply {
        /// The file that `export` has made
        file: PathBuf,
        #[command(flatten)]
        target: Target,
    },
}

/// One exported operation.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    node: NodeId,
    partition: Partition,
    entry: Entry,
}

pub(super) async fn run(command: Command) -> Result<Code, Failure> {
    match command {
        Command::List { target } => {
            let line = |line: &Line| {
                let (
                    Line {
                        node,
                        partition,
                        entry,
                    },
                    lost,
                ) = (line, InWords(&line.entry.payload));
                print::result(format!("{node} {partition} {} {lost}", entry.id).as_bytes())
            };
            each(&target.client(None)?, line).await
        }
        Command::Export { target } => {
            // Followers may have had it, too.
            let mut known = BTreeSet::new();
            let line = |line: &Line| match known.insert((line.partition, line.entry.id)) {
                true => print::result(json(line)?.as_bytes()),
                false => Ok(()),
            };
            each(&target.client(None)?, line).await
        }
        Command::Apply { file, target } => apply(&file, &target.client(None)?).await,
    }
}

/// Calls `line` with all that is in quarantine, node by node.
async fn each(client: &Client, mut line: impl FnMut(&Line) -> Result<(), Failure>) -> Result<Code, Failure> {
    let mut code = Code::Ok;
    let status = client.status().await;
    for (node, partitions) in held(&status) {
        for partition in partitions {
            let mut next = Some(EntryId::ZERO);
            while let Some(from) = next {
                match client.quarantine(node, partition, from).await {
                    Ok(part) => {
                        // A client's registration changes no key: whoever lost it registers again.
                        let operations = |entry: &Entry| !entry.payload.ops().is_empty();
                        let entries = part.entries.into_iter().filter(operations);
                        let mut lines = entries.map(|entry| Line {
                            node,
                            partition,
                            entry,
                        });
                        lines.try_for_each(|next| line(&next))?;
                        next = part.next;
                    }
                    Err(failure) => {
                        print::note(format_args!("{partition} of {node}: {failure}"));
                        code = Code::Unavailable;
                        next = None;
                    }
                }
            }
        }
    }
    Ok(code)
}

/// Each node, and what it holds: all, as far as anybody knows, of one that does not say.
fn held(status: &ClusterStatus) -> Vec<(NodeId, Vec<Partition>)> {
    let partitions = |status: &Option<Status>| match status {
        Some(status) => status.partitions.iter().map(|of| of.partition).collect(),
        None => Partition::all().collect(),
    };
    (0..)
        .map(NodeId)
        .zip(status.nodes.iter().map(partitions))
        .collect()
}

async fn apply(file: &Path, client: &Client) -> Result<Code, Failure> {
    let failed = |error: &dyn fmt::Display| Failure::failed(format!("{}: {error}", file.display()));
    let reader = BufReader::new(File::open(file).map_err(|error| failed(&error))?);
    let mut reapply = Reapply::default();
    let mut code = Code::Ok;
    for text in reader.lines() {
        let text = text.map_err(|error| failed(&error))?;
        let Line { partition, entry, .. } = serde_json::from_str(&text).map_err(|error| failed(&error))?;
        let said = match reapply.again(client, &entry).await? {
            Reapplied::Done(at) => format!("done as {at}"),
            Reapplied::Changed { key, version } => {
                code = Code::Failed;
                match version {
                    Some(version) => format!("left undone, since {key} is of {version} now"),
                    None => format!("left undone, since {key} is not there now"),
                }
            }
        };
        print::result(format!("{partition} {} {}: {said}", entry.id, InWords(&entry.payload)).as_bytes())?;
    }
    Ok(code)
}

fn json(line: &Line) -> Result<String, Failure> {
    serde_json::to_string(line).map_err(|error| Failure::failed(format!("cannot print {line:?}: {error}")))
}

/// An operation, for people: `put a=1`, `delete a`, `if a is e1:2: put a=1 and delete b`.
pub(super) struct InWords<'a>(pub(super) &'a Payload);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(transaction) = self.0.transaction() {
            for (place, condition) in transaction.conditions.iter().enumerate() {
                let joined = if place == 0 { "if" } else { " and" };
                match condition.version {
                    Some(version) => write!(f, "{joined} {} is {version}", condition.key)?,
                    None => write!(f, "{joined} {} is absent", condition.key)?,
                }
            }
            if !transaction.conditions.is_empty() {
                f.write_str(": ")?;
            }
        }
        for (place, op) in self.0.ops().iter().enumerate() {
            let joined = if place == 0 { "" } else { " and " };
            match op {
                Op::Put { key, value } => write!(f, "{joined}put {key}={value}")?,
                Op::Delete { key } => write!(f, "{joined}delete {key}")?,
                Op::PutFor {
                    key, value, ttl_ms, ..
                } => write!(f, "{joined}put {key}={value} for {}", Ttl::of_ms(*ttl_ms))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::{Condition, Epoch, Index, Transaction};

    #[test]
    fn an_exported_line_comes_back_whatever_its_bytes_are() {
        let bytes: Vec<u8> = (0..=255).collect();
        let key = bytes.as_slice().into();
        let id = EntryId::new(Epoch(2), Index(7));
        let condition = Condition {
            key: "a".into(),
            version: Some(id),
        };
        let transaction = Transaction {
            conditions: vec![condition],
            ops: vec![Op::Delete { key }],
        };
        let payload = Payload::Transaction(Box::new(transaction));
        let line = Line {
            node: NodeId(1),
            partition: Partition(3),
            entry: Entry { id, payload },
        };
        let text = json(&line).expect("it is JSON");
        assert!(!text.contains('\n'));
        assert_eq!(serde_json::from_str::<Line>(&text).expect("it was one"), line);
    }
}
