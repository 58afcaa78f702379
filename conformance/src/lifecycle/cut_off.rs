//! What a failover may take, a write that the leader alone has acknowledged: nobody is told that it is there. And what it may not:
//! a write that a leader acknowledges when it has long been deposed, and does not know it yet.

use super::asks::patient;
use super::{WRITES, done, settle, writers};
use crate::failover;
use crate::processes::Processes;
use anyhow::{Context, bail, ensure};
use katakv::client::{AwaitError, Client, Options, Prefer, ReadError};
use katakv::session::Session;
use katakv_core::{AckLevel, EntryId, Fate, NodeId, PARTITIONS, Partition, REPLICAS};
use std::time::Duration;

const KEY: &str = "cut off";

/// Longer than what happened last takes to get into the record: what was not said before the kill is in no tap.
const RECORDED_WITHIN: Duration = Duration::from_millis(200);

/// Longer than it takes to elect another leader.
const DEPOSED_WITHIN: Duration = Duration::from_secs(1);

/// How often it is tried: a leader that hears nobody steps down, and may do so before it is asked.
const TRIES: usize = 20;

/// A leader acknowledges a write while the others are down, and is killed. Whoever has seen that write is told that it is
/// LOST, everywhere; it is in quarantine where it was. Returns its entry.
pub(super) async fn a_leader_that_is_alone(processes: &mut Processes) -> anyhow::Result<EntryId> {
    let partition = Partition::of_key(KEY.as_bytes());
    let writer = processes.client(Options {
        deadline: Duration::from_secs(1),
        ..Options::default()
    });
    let mut session = Session::default();
    let (leader, at) = acknowledged_alone(processes, &writer, &mut session).await?;
    tokio::time::sleep(RECORDED_WITHIN).await;
    processes.kill(leader)?;
    for node in others(leader) {
        processes.restart(node)?;
    }
    let client = processes.client(patient(Prefer::Follower));
    let mut other = Session::default();
    let after = failover::write(&client, &mut other, KEY, "after").await?;
    ensure!(after.at.epoch > at.epoch, "{} was written after {at}", after.at);
    processes.restart(leader)?;
    settle(processes, leader).await?;

    for node in (0..REPLICAS as u8).map(NodeId) {
        let near = processes.client(patient(Prefer::Node(node)));
        match near.get(&mut session, KEY).await {
            Err(ReadError::Lost { range, .. }) if range.last >= at.index => {}
            other => bail!("{node} answers a session that has seen {at}, which is gone, with {other:?}"),
        }
    }
    let told = client.fate(partition, at).await.context("a fate")?;
    ensure!(told.fate == Fate::Truncated, "{at} is gone, and {:?}", told.fate);
    match client.await_level(partition, at, AckLevel::All).await {
        Err(AwaitError::Lost { .. }) => {}
        other => bail!("who awaits {at}, which is gone, is told {other:?}"),
    }
    let kept = client.quarantine(leader, partition, at).await;
    let kept = kept.context("what is in quarantine")?.entries;
    ensure!(kept.first().is_some_and(|entry| entry.id == at), "{kept:?}");
    Ok(at)
}

/// A node that leads all partitions is stopped for a while amid its clients' writes. Others lead by the time it goes on, and what
/// it has not read until then tells it first that a majority has those writes.
pub(super) async fn a_leader_that_is_late(processes: &mut Processes) -> anyhow::Result<NodeId> {
    // The taps are read in the order of the nodes: the last one acknowledges when the others are known to have gone on.
    let leader = NodeId(REPLICAS as u8 - 1);
    let client = processes.client(patient(Prefer::Follower));
    for partition in (0..PARTITIONS).map(Partition) {
        // Where it cannot be handed over just now, somebody else leads on.
        let _ = client.transfer(partition, leader).await;
    }
    let clients = writers(processes, WRITES);
    tokio::time::sleep(RECORDED_WITHIN / 4).await;
    processes.pause(leader)?;
    tokio::time::sleep(DEPOSED_WITHIN).await;
    processes.resume(leader)?;
    done(clients).await?;
    Ok(leader)
}

fn others(leader: NodeId) -> impl Iterator<Item = NodeId> {
    let nodes = (0..REPLICAS as u8).map(NodeId);
    nodes.filter(move |node| *node != leader)
}

/// A write that only its leader has, and has acknowledged; the others are stopped in good order, so that the record has all that
/// they did. One that is only paused would find it in a socket later.
async fn acknowledged_alone(
    processes: &mut Processes,
    writer: &Client,
    session: &mut Session,
) -> anyhow::Result<(NodeId, EntryId)> {
    for _ in 0..TRIES {
        // The client is known to the partition then, and knows who leads it.
        let leader = failover::write(writer, session, KEY, "before").await?.node;
        for node in others(leader) {
            processes.stop_one(node)?;
        }
        let written = writer.put(session, KEY, "alone", AckLevel::Leader).await;
        match written {
            Ok(written) if written.node == leader => return Ok((leader, written.at)),
            // It had stepped down by then.
            _ => {
                for node in others(leader) {
                    processes.restart(node)?;
                }
            }
        }
    }
    bail!("no leader has acknowledged a write alone in {TRIES} tries")
}
