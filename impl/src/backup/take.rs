//! Taking a backup of a cluster that runs.

use super::files::Writer;
use super::{BackupError, Manifest, PartitionManifest};
use crate::client::{Cluster, Failure, Outcome, Tried};
use crate::wire::{ClientReply, ClientRequest};
use katakv_core::{Bytes, Index, Lineage, NodeId, Partition};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// How often a partition is begun anew, if the node that gives its state goes away or is not that far.
const ATTEMPTS_MAX: u32 = 50;
/// The pause before that.
const PAUSE: Duration = Duration::from_millis(50);

/// Puts the state of every partition into `dir`, which is new or empty. Of each partition the leader's, if it says so; else
/// any replica's, which may be a little older.
///
/// # Errors
/// `Io`, `NotEmpty` or `Unavailable`. What there is in `dir` then is no backup: it has no manifest.
pub async fn take(cluster: &Cluster, dir: &Path) -> Result<Manifest, BackupError> {
    fs::create_dir_all(dir).map_err(BackupError::io("create", dir))?;
    let mut entries = fs::read_dir(dir).map_err(BackupError::io("list", dir))?;
    if entries.next().is_some() {
        return Err(BackupError::NotEmpty { dir: dir.to_owned() });
    }
    let unavailable = |partition| move |source| BackupError::Unavailable { partition, source };
    let id = cluster.identify().await.map_err(unavailable(Partition(0)))?;
    let mut partitions = Vec::new();
    for partition in Partition::all() {
        partitions.push(take_partition(cluster, dir, partition).await?);
    }
    let manifest = Manifest {
        cluster: id,
        partitions,
    };
    manifest.store(dir)?;
    Ok(manifest)
}

async fn take_partition(
    cluster: &Cluster,
    dir: &Path,
    partition: Partition,
) -> Result<PartitionManifest, BackupError> {
    let mut tried = Tried::default();
    for _ in 0..ATTEMPTS_MAX {
        let (applied, nodes) = by_freshness(cluster, partition).await;
        for node in nodes {
            match copy(cluster, dir, partition, node, applied).await? {
                Ok(manifest) => return Ok(manifest),
                Err(outcome) => tried.note(node, outcome),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    let source = Failure::Unavailable {
        tried: tried.to_string(),
        maybe_done: false,
    };
    Err(BackupError::Unavailable { partition, source })
}

/// How far the partition is applied anywhere, and the nodes, the one first that leads it. What was acknowledged to anybody
/// before is applied by then, and has to be in the backup.
async fn by_freshness(cluster: &Cluster, partition: Partition) -> (Index, Vec<NodeId>) {
    let (mut applied, mut nodes) = (Index::ZERO, Vec::new());
    for node in cluster.placement().replicas(partition) {
        let status = cluster.status(node).await.ok();
        let partitions = status.map_or_else(Vec::new, |status| status.partitions);
        let of = partitions.into_iter().find(|of| of.partition == partition);
        applied = of.as_ref().map_or(applied, |of| applied.max(of.applied.index));
        nodes.push((of.is_some_and(|of| of.serving), node));
    }
    nodes.sort_by_key(|(serving, _)| !serving);
    (applied, nodes.into_iter().map(|(_, node)| node).collect())
}

/// One node's state of a partition, or why it does not give it.
async fn copy(
    cluster: &Cluster,
    dir: &Path,
    partition: Partition,
    node: NodeId,
    applied: Index,
) -> Result<Result<PartitionManifest, Outcome>, BackupError> {
    let mut writer: Option<Writer> = None;
    let (mut image, mut after) = (None, None);
    loop {
        let request = ClientRequest::StatePage {
            partition,
            image,
            after: after.clone(),
        };
        let (named, lineage, items, is_last) = match cluster.raw(node, request).await {
            Ok(ClientReply::StatePage {
                image,
                lineage,
                items,
                is_last,
            }) => (image, lineage, items, is_last),
            Ok(_) => return Ok(Err(Outcome::Nonsense)),
            Err(outcome) => return Ok(Err(outcome)),
        };
        image = Some(named);
        // The engine has what is applied a moment later.
        if let Some(lineage) = &lineage
            && lineage.last().index < applied
        {
            let applied = lineage.last();
            // After every key: the last page, with which the node forgets the image.
            let after = Some(Bytes::from(&[u8::MAX][..]));
            let forget = ClientRequest::StatePage {
                partition,
                image,
                after,
            };
            let _page = cluster.raw(node, forget).await;
            return Ok(Err(Outcome::NotCaughtUp { applied }));
        }
        let writer_now = match &mut writer {
            Some(writer) => writer,
            None => writer.insert(Writer::create(
                dir,
                partition,
                lineage.unwrap_or_else(Lineage::default),
            )?),
        };
        writer_now.items(&items)?;
        after = items.last().map(|(key, _)| key.clone()).or(after);
        if is_last {
            break;
        }
    }
    let writer = writer.expect("there was a page");
    Ok(Ok(writer.finish()?))
}
