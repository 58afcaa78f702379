//! One failover on three real processes: write, `kill -9` the leader, elect, read your write from a follower, restart
//! the old leader, see it follow; then validate what they have recorded.

use crate::processes::Processes;
use crate::validate::{Report, validate};
use anyhow::{Context, ensure};
use katakv::client::{Client, ClusterStatus, Options, Prefer, WriteError, Written};
use katakv::session::Session;
use katakv::wire::PartitionStatus;
use katakv_core::{AckLevel, EntryId, Epoch, NodeId, Partition, REPLICAS};
use std::path::Path;
use std::time::{Duration, Instant};

const KEY: &str = "failover";

/// After this long something hangs. Nothing is asserted about how long anything takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What happened at one failover.
#[derive(Clone, Debug)]
pub struct Failover {
    /// Who led, was killed, and came back as a follower.
    pub old_leader: NodeId,
    /// Who leads since.
    pub new_leader: NodeId,
    /// In which epoch.
    pub epoch: Epoch,
    /// From the kill to the first acknowledged write.
    pub unavailable: Duration,
    /// The entry of that write.
    pub at: EntryId,
    /// Which follower answered the session's read of it.
    pub read_from: NodeId,
}

/// Starts three processes below `home` and fails over `kills` times in turn. Calls `tell` with each step, in words. What the
/// nodes have recorded is validated at the end.
pub fn run(home: &Path, kills: usize, tell: impl FnMut(&str)) -> anyhow::Result<(Vec<Failover>, Report)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut processes = Processes::start(home)?;
    let outcome = runtime.block_on(fail_over_often(&mut processes, kills, tell));
    let stopped = outcome.and_then(|failovers| processes.stop().map(|()| failovers));
    let failovers = stopped.with_context(|| {
        let logs = (0..REPLICAS as u8).map(|id| processes.log_of(NodeId(id)).display().to_string());
        format!("the nodes' logs: {}", logs.collect::<Vec<_>>().join(", "))
    })?;
    let report = validate(&processes.record()).context("what the nodes have recorded is not in order")?;
    Ok((failovers, report))
}

async fn fail_over_often(
    processes: &mut Processes,
    kills: usize,
    mut tell: impl FnMut(&str),
) -> anyhow::Result<Vec<Failover>> {
    let mut session = Session::default();
    let mut failovers = Vec::new();
    for round in 0..kills {
        failovers.push(fail_over(processes, &mut session, round, &mut tell).await?);
    }
    Ok(failovers)
}

async fn fail_over(
    processes: &mut Processes,
    session: &mut Session,
    round: usize,
    tell: &mut impl FnMut(&str),
) -> anyhow::Result<Failover> {
    let partition = Partition::of_key(KEY.as_bytes());
    let client = processes.client(Options::default());

    let before = write(&client, session, KEY, &format!("before {round}")).await?;
    let old_leader = before.node;
    tell(&format!(
        "{old_leader} leads {partition} and acknowledged {} at quorum",
        before.at
    ));

    processes.kill(old_leader)?;
    let killed = Instant::now();
    let value = format!("after {round}");
    let after = write(&client, session, KEY, &value).await?;
    let unavailable = killed.elapsed();
    let (at, new_leader) = (after.at, after.node);
    ensure!(
        at.epoch > before.at.epoch,
        "a new leader has a new epoch: {at} after {}",
        before.at
    );
    tell(&format!(
        "kill -9 {old_leader}: {new_leader} acknowledged {at} after {} ms",
        unavailable.as_millis()
    ));

    let mut nodes = (0..REPLICAS as u8).map(NodeId);
    let follower = nodes.rfind(|node| ![old_leader, new_leader].contains(node));
    let follower = follower.context("three nodes less two")?;
    read_from(processes, session, follower, &value).await?;
    tell(&format!(
        "{follower}, a follower, answered the session's read with what it had just written"
    ));

    processes.restart(old_leader)?;
    let follows = await_return(&client, old_leader, partition, session.seen(partition)).await?;
    read_from(processes, session, old_leader, &value).await?;
    tell(&format!(
        "{old_leader} is back, follows {follows}, and answers the session's read"
    ));

    Ok(Failover {
        old_leader,
        new_leader,
        epoch: at.epoch,
        unavailable,
        at,
        read_from: follower,
    })
}

/// Writes until it is acknowledged. A write whose outcome is not known is written again: here the value is the same.
pub(crate) async fn write(
    client: &Client,
    session: &mut Session,
    key: &str,
    value: &str,
) -> anyhow::Result<Written> {
    let started = Instant::now();
    loop {
        match client.put(session, key, value, AckLevel::Quorum).await {
            Ok(written) => return Ok(written),
            Err(WriteError::OutcomeUnknown { .. } | WriteError::Unavailable { .. })
                if started.elapsed() < PATIENCE => {}
            Err(error) => return Err(error).context("no write was acknowledged"),
        }
    }
}

/// Reads under the session, from that very replica.
async fn read_from(
    processes: &Processes,
    session: &mut Session,
    node: NodeId,
    expected: &str,
) -> anyhow::Result<()> {
    let client = processes.client(Options {
        prefer: Prefer::Node(node),
        wait: PATIENCE / 3,
        ..Options::default()
    });
    let got = client
        .get(session, KEY)
        .await
        .with_context(|| format!("{node} did not answer a session read"))?;
    ensure!(got.node == node, "{} answered in place of {node}", got.node);
    ensure!(
        got.value.as_deref() == Some(expected.as_bytes()),
        "{node} answered {:?}",
        got.value
    );
    Ok(())
}

/// Waits until a node that was restarted knows a leader, and has applied what the session has seen. Which leader is not
/// asked: on a busy machine there may have been an election since.
async fn await_return(
    client: &Client,
    node: NodeId,
    partition: Partition,
    seen: EntryId,
) -> anyhow::Result<NodeId> {
    let started = Instant::now();
    loop {
        let status = client.status().await;
        let back = replicas_of(&status, partition).find(|(id, _)| *id == node);
        if let Some((_, replica)) = back
            && let Some(leader) = replica.leader
            && replica.applied >= seen
        {
            return Ok(leader);
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{node} did not catch up on {partition} with {seen}: {:?}",
            replicas_of(&status, partition).collect::<Vec<_>>()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn replicas_of(
    status: &ClusterStatus,
    partition: Partition,
) -> impl Iterator<Item = (NodeId, &PartitionStatus)> {
    let replicas = status
        .nodes
        .iter()
        .flatten()
        .flat_map(|status| status.partitions.iter().map(|replica| (status.node, replica)));
    replicas.filter(move |(_, replica)| replica.partition == partition)
}
