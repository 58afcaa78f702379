//! What a cluster lives through, in some seconds: everything that a client can ask (`asks.rs`), load, `kill -9` of a leader, one of
//! them when it has acknowledged what nobody else has (`cut_off.rs`), a follower that is sent the state, a lost disk, a rolling
//! restart. Three real processes that record themselves; what they recorded is validated from the first event to the last.

mod asks;
mod cut_off;

use crate::failover::{self, PATIENCE};
use crate::processes::Processes;
use crate::validate::{Report, validate};
use anyhow::{Context, ensure};
use katakv::client::Options;
use katakv::session::Session;
use katakv::wire::PartitionStatus;
use katakv_core::{Index, NodeId, PARTITIONS, Partition, REPLICAS};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// So little that logs are compacted all the time, and whoever is away for a moment is sent a state.
const CHECKPOINT_BYTES: u64 = 48 << 10;
/// How many clients there are at a time.
const CLIENTS: usize = 8;
/// How many writes each of them makes, while one node is away: together several checkpoints.
const WRITES: usize = 40;
const VALUE_BYTES: usize = 512;

/// Lets three nodes below `home` live through it, and tells each step. Returns what the validation of their records found.
///
/// # Errors
/// If a step hangs, a client is told something that is not so, or the record is rejected or is not all followed.
pub fn run(home: &Path, mut tell: impl FnMut(&str)) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut processes = Processes::start_with(home, CHECKPOINT_BYTES)?;
    runtime.block_on(live(&mut processes, &mut tell))?;
    processes.stop()?;
    let report = validate(&processes.record()).context("what the nodes have recorded is not in order")?;
    ensure!(
        report.skipped == 0,
        "not all of the record was followed:\n{report}"
    );
    ensure!(
        report.refills == 1 && report.states > 0,
        "nobody was refilled, or nobody was sent a state:\n{report}"
    );
    Ok(report)
}

async fn live(processes: &mut Processes, tell: &mut impl FnMut(&str)) -> anyhow::Result<()> {
    asks::everything(processes).await?;
    tell("a client asks everything that there is to ask, in all partitions");
    let leader = load(processes, WRITES).await?;
    tell(&format!(
        "{CLIENTS} clients write in all partitions; {leader} leads the last one"
    ));
    processes.kill(leader)?;
    load(processes, WRITES).await?;
    processes.restart(leader)?;
    settle(processes, leader).await?;
    tell(&format!("kill -9 {leader}: it comes back and catches up"));

    let at = cut_off::a_leader_that_is_alone(processes).await?;
    tell(&format!(
        "{at} is acknowledged by its leader alone, which is killed: all say that it is lost, and it is in quarantine"
    ));

    let late = cut_off::a_leader_that_is_late(processes).await?;
    tell(&format!(
        "{late} leads everything, is stopped amid writes and goes on when others lead: none of its acknowledgements is lost"
    ));

    let lost = NodeId((leader.0 + 1) % REPLICAS as u8);
    processes.kill(lost)?;
    processes.refill(lost)?;
    load(processes, WRITES).await?;
    processes.restart(lost)?;
    settle(processes, lost).await?;
    tell(&format!("{lost} loses its disk, and is refilled by the others"));

    for node in (0..REPLICAS as u8).map(NodeId) {
        processes.stop_one(node)?;
        load(processes, WRITES / 4).await?;
        processes.restart(node)?;
        settle(processes, node).await?;
    }
    tell("each node in turn hands over what it leads, stops and comes back");
    load(processes, WRITES / 4).await?;
    Ok(())
}

/// A key of each partition.
fn keys() -> Vec<String> {
    let key_of = |partition| {
        (0..)
            .map(|number| format!("key {number}"))
            .find(|key| Partition::of_key(key.as_bytes()) == partition)
            .expect("every partition has keys")
    };
    (0..PARTITIONS)
        .map(|partition| key_of(Partition(partition)))
        .collect()
}

/// Clients write and read, each its own keys, which are in all partitions; returns who acknowledged the last write.
async fn load(processes: &Processes, writes: usize) -> anyhow::Result<NodeId> {
    done(writers(processes, writes)).await
}

type Writers = JoinSet<anyhow::Result<NodeId>>;

/// The clients, who have begun.
fn writers(processes: &Processes, writes: usize) -> Writers {
    let keys = keys();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let asker = processes.client(Options {
            deadline: PATIENCE / 3,
            ..Options::default()
        });
        let keys = keys.clone();
        clients.spawn(async move {
            let mut session = Session::default();
            let mut last = None;
            for write in 0..writes {
                // Two clients a key, so that they see each other's writes.
                let key = &keys[(write + client / 2) % keys.len()];
                let value = format!("{:1$}", write, VALUE_BYTES);
                last = Some(failover::write(&asker, &mut session, key, &value).await?.node);
                if write % 3 == 0 {
                    // Whoever is asked may be down just now, or not know the leader yet; a wrong answer is told by the record.
                    let _ = asker.get(&mut session, key.as_str()).await;
                    let _ = asker.get_linearizable(&mut session, key.as_str()).await;
                }
            }
            last.context("each client writes")
        });
    }
    clients
}

/// All of them have done; returns who acknowledged the last write.
async fn done(mut clients: Writers) -> anyhow::Result<NodeId> {
    let mut last = None;
    while let Some(done) = clients.join_next().await {
        last = Some(done??);
    }
    last.context("there are clients")
}

/// Waits until a node that has come back has all that the others had committed, and counts in every partition. Meanwhile
/// there are writes: in a quiet partition a refilled replica may wait for long until it counts.
async fn settle(processes: &Processes, node: NodeId) -> anyhow::Result<()> {
    let started = Instant::now();
    let client = processes.client(Options::default());
    let committed = |replicas: &[PartitionStatus]| replicas.iter().map(|replica| replica.commit).collect();
    let mut wanted: Option<Vec<Index>> = None;
    loop {
        let status = client.status().await;
        let nodes = status.nodes.iter().flatten();
        let (own, others): (Vec<_>, Vec<_>) = nodes.partition(|status| status.node == node);
        if wanted.is_none()
            && let [one, _] = others[..]
        {
            wanted = Some(committed(&one.partitions));
        }
        if let (Some(wanted), [own]) = (&wanted, &own[..]) {
            let has_all = |(replica, wanted): (&PartitionStatus, &Index)| {
                replica.standing.is_member() && replica.leader.is_some() && replica.applied.index >= *wanted
            };
            if own.partitions.iter().zip(wanted).all(has_all) {
                return Ok(());
            }
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{node} does not come back to the others: {own:?}, wanted {wanted:?}"
        );
        load(processes, keys().len()).await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
