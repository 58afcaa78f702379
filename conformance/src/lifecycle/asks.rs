//! Everything that a client can ask of a cluster that is whole: writes at each level, under conditions that hold and that do not, reads
//! of each kind, page by page and from each replica, and what became of a write.

use super::keys;
use crate::failover::PATIENCE;
use crate::processes::Processes;
use anyhow::{Context, ensure};
use katakv::client::{Client, Options, Prefer, TransactError};
use katakv::session::Session;
use katakv_core::{AckLevel, Fate, NodeId, Partition, REPLICAS};
use std::time::{Duration, Instant};

/// How long a key lives that does not live for long.
const MOMENT: Duration = Duration::from_millis(20);

/// Asks all of it once, in each partition.
pub(super) async fn everything(processes: &Processes) -> anyhow::Result<()> {
    let client = processes.client(patient(Prefer::Follower));
    let mut session = Session::default();
    for key in keys() {
        writes(&client, &mut session, &key).await?;
        for node in (0..REPLICAS as u8).map(NodeId) {
            let near = processes.client(patient(Prefer::Node(node)));
            near.get_any(key.as_str()).await.context("a read of any age")?;
            near.get(&mut session, key.as_str()).await.context("a read")?;
        }
        let found = client.get_linearizable(&mut session, key.as_str()).await;
        found.context("a linearizable read")?;
    }
    scan(&client, &mut session).await
}

/// With time enough for a machine that does other things as well.
pub(super) fn patient(prefer: Prefer) -> Options {
    Options {
        deadline: PATIENCE / 3,
        prefer,
        ..Options::default()
    }
}

async fn writes(client: &Client, session: &mut Session, key: &str) -> anyhow::Result<()> {
    let partition = Partition::of_key(key.as_bytes());
    for level in [AckLevel::Leader, AckLevel::Quorum, AckLevel::All] {
        let written = client.put(session, key, level.to_string().as_str(), level).await;
        let at = written.with_context(|| format!("a write at level {level}"))?.at;
        let awaited = client.await_level(partition, at, AckLevel::All).await;
        ensure!(awaited.context("a level that is awaited")?.at == at);
        let told = client.fate(partition, at).await.context("a fate")?;
        ensure!(
            told.fate == Fate::Committed,
            "{at} is on three disks, and {:?}",
            told.fate
        );
    }
    let version = client.get(session, key).await.context("a read")?.version;
    let swapped = client
        .compare_and_set(session, key, version, "swapped", AckLevel::Quorum)
        .await
        .context("a write under a condition that holds")?;
    let refused = client
        .compare_and_set(session, key, version, "never", AckLevel::Quorum)
        .await;
    match refused {
        Err(TransactError::Conflict { version, .. }) if version == Some(swapped.at) => {}
        other => anyhow::bail!("a condition that does not hold was answered with {other:?}"),
    }
    client
        .delete(session, format!("{key}, deleted").as_str(), AckLevel::Quorum)
        .await
        .context("a delete")?;
    for_a_moment(client, session, format!("{key}, for a moment").as_str()).await
}

/// A key that lives for a moment, until it is gone.
async fn for_a_moment(client: &Client, session: &mut Session, key: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    client
        .put_for(session, key, "here", MOMENT, AckLevel::Quorum)
        .await
        .context("a write for a while")?;
    while client.get(session, key).await.context("a read")?.value.is_some() {
        ensure!(
            began.elapsed() < PATIENCE,
            "{key} is there for longer than it lives"
        );
        tokio::time::sleep(MOMENT).await;
    }
    Ok(())
}

/// The keys of all partitions, two a page.
async fn scan(client: &Client, session: &mut Session) -> anyhow::Result<()> {
    let (mut cursor, mut found) = (None, Vec::new());
    loop {
        let page = client
            .scan(session, "key ", cursor.as_ref(), 2)
            .await
            .context("a page of a scan")?;
        found.extend(page.items.into_iter().map(|(key, _)| key));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let is_found = |key: &String| found.iter().any(|other| **other == *key.as_bytes());
    ensure!(keys().iter().all(is_found), "a scan has found {found:?}");
    Ok(())
}
