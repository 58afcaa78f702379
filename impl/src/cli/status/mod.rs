//! `katakv status`.

mod json;
mod usage;

use super::exit::{Code, Failure};
use super::print;
use super::target::Target;
use crate::client::ClusterStatus;
use crate::wire::{PartitionStatus, Status};
use katakv_core::{Epoch, NodeId, Partition};
use std::fmt::Write;

/// Show who leads each partition and how far each node is
///
/// For each node: the last entry in its log, how far the log is durable there, how far it is known to be committed,
/// and the last entry applied. A node that does not answer is down. Then what each node uses of its disk, which followers are behind their
/// leader, and how many entries leaders have acknowledged alone. Exit code 5 if no node answers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv status
  katakv status --json
  katakv status --node 127.0.0.1:7101 --node 127.0.0.1:7102 --node 127.0.0.1:7103")]
pub(super) struct Args {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let status = args.target.client(None)?.status().await;
    if status.nodes.iter().all(Option::is_none) {
        let why = status.failures.join("; ");
        return Err(Failure::new(
            Code::Unavailable,
            format!(
                "no node answers: {why}\nIs the cluster running? `katakv dev` starts one on this machine."
            ),
        ));
    }
    let text = match args.json {
        true => json::of(&status).to_string(),
        false => render(&status),
    };
    print::result(text.trim_end().as_bytes())?;
    Ok(Code::Ok)
}

/// The table, as text.
fn render(status: &ClusterStatus) -> String {
    let mut text = String::new();
    if let Some(known) = status.nodes.iter().flatten().next() {
        let _ = writeln!(
            text,
            "cluster {}; of each node: last, durable, committed, applied\n",
            known.cluster
        );
    }
    let mut header = format!("{:<10} {:<7} {:<6}", "partition", "leader", "epoch");
    for (node, state) in status.nodes.iter().enumerate() {
        let up = if state.is_some() { "up" } else { "DOWN" };
        let _ = write!(header, " {:<26}", format!("n{node} {up}"));
    }
    let _ = writeln!(text, "{}", header.trim_end());
    for partition in Partition::all() {
        let replicas = replicas(status, partition);
        let _ = writeln!(text, "{}", row(partition, &replicas).trim_end());
    }
    usage::render(status, &mut text);
    for node in status.nodes.iter().flatten() {
        let states = node.partitions.iter();
        let learners = states.filter(|state| !state.standing.is_member()).count();
        if learners > 0 {
            let (node, all) = (node.node, node.partitions.len());
            let _ = writeln!(
                text,
                "\nrefilling: {node} does not count yet in {learners} of {all} partitions"
            );
        }
    }
    for failure in &status.failures {
        let _ = writeln!(text, "\ndown: {failure}");
    }
    text
}

/// What each node says of a partition.
fn replicas(status: &ClusterStatus, partition: Partition) -> Vec<Option<PartitionStatus>> {
    let of = |node: &Status| {
        let mut states = node.partitions.iter();
        states.find(|state| state.partition == partition).cloned()
    };
    status.nodes.iter().map(|node| of(node.as_ref()?)).collect()
}

/// The highest epoch of them.
fn epoch(replicas: &[Option<PartitionStatus>]) -> Epoch {
    let epochs = replicas.iter().flatten().map(|state| state.epoch);
    epochs.max().unwrap_or_default()
}

fn row(partition: Partition, replicas: &[Option<PartitionStatus>]) -> String {
    let leader = leader(replicas).map_or("none".to_owned(), |leader| leader.to_string());
    let epoch = epoch(replicas);
    let mut row = format!(
        "{:<10} {leader:<7} {:<6}",
        partition.to_string(),
        epoch.to_string()
    );
    for replica in replicas {
        let cell = match replica {
            Some(state) => format!(
                "{} {} {} {}",
                state.last, state.durable, state.commit, state.applied
            ),
            None => "-".to_owned(),
        };
        let _ = write!(row, " {cell:<26}");
    }
    row
}

/// Who leads and serves; of two that think so, the one of the higher epoch is right.
fn leader(replicas: &[Option<PartitionStatus>]) -> Option<NodeId> {
    (0..)
        .map(NodeId)
        .zip(replicas)
        .filter_map(|(node, state)| {
            state
                .as_ref()
                .filter(|state| state.serving)
                .map(|state| (state.epoch, node))
        })
        .max()
        .map(|(_, node)| node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ClusterId;
    use katakv_core::{EntryId, Index, Standing};

    fn state(partition: Partition, epoch: u64, serving: bool) -> PartitionStatus {
        let at = EntryId::new(Epoch(epoch), Index(12));
        PartitionStatus {
            partition,
            epoch: Epoch(epoch),
            leader: None,
            serving,
            last: at,
            durable: Index(12),
            commit: Index(11),
            applied: at,
            standing: Standing::Original,
        }
    }

    fn node(id: u8, epoch: u64, serving: bool) -> Status {
        Status {
            cluster: ClusterId(0xa7),
            node: NodeId(id),
            partitions: Partition::all()
                .map(|partition| state(partition, epoch, serving))
                .collect(),
        }
    }

    #[test]
    fn shows_leaders_positions_and_who_is_down() {
        let status = ClusterStatus {
            nodes: vec![Some(node(0, 2, true)), None, Some(node(2, 3, true))],
            usage: Vec::new(),
            failures: vec!["n1: cannot connect: refused".to_owned()],
        };
        let text = render(&status);
        assert!(text.starts_with("cluster 00000000000000a7; "), "{text}");
        assert!(text.contains("n1 DOWN"), "{text}");
        // The deposed leader of epoch 2 does not know it yet.
        let row = text.lines().find(|line| line.starts_with("p9")).unwrap();
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(
            words,
            [
                "p9", "n2", "e3", "e2:12", "12", "11", "e2:12", "-", "e3:12", "12", "11", "e3:12"
            ]
        );
        assert!(text.ends_with("down: n1: cannot connect: refused\n"), "{text}");
    }

    #[test]
    fn tells_who_is_being_refilled() {
        let mut learning = node(2, 1, false);
        learning.partitions[3].standing = Standing::Learner { incarnation: 7 };
        learning.partitions[4].standing = Standing::Member { incarnation: 7 };
        let status = ClusterStatus {
            nodes: vec![Some(node(0, 1, true)), None, Some(learning)],
            usage: Vec::new(),
            failures: Vec::new(),
        };
        let text = render(&status);
        assert!(
            text.contains("refilling: n2 does not count yet in 1 of 10 partitions"),
            "{text}"
        );
    }

    #[test]
    fn a_node_that_reports_no_partitions_is_shown_without_them() {
        let mut short = node(0, 1, false);
        short.partitions.clear();
        let status = ClusterStatus {
            nodes: vec![Some(short), None, None],
            usage: Vec::new(),
            failures: Vec::new(),
        };
        assert!(
            render(&status).contains("p0         none    e0"),
            "{}",
            render(&status)
        );
    }
}
