//! Measuring the nodes beside the reads that want the nearest one.

use super::cluster::{Cluster, with_grace};
use super::nearest::Nearest;
use super::tried::Outcome;
use crate::wire::{ClientReply, ClientRequest};
use katakv_core::{EntryId, NodeId, Partition, REPLICAS};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

impl Cluster {
    /// Which of the `replicas` of `partition` is the nearest, for a read that must include `seen`. The first read of all waits until one
    /// node was measured, and no longer than for a replica to catch up.
    pub(super) async fn nearest(
        &self,
        nearest: &Arc<Nearest>,
        (partition, replicas): (Partition, [NodeId; REPLICAS]),
        seen: EntryId,
    ) -> Option<NodeId> {
        let mut measuring = self.measure(nearest);
        let known = || nearest.first(partition, replicas, seen);
        let first = async { while known().is_none() && measuring.join_next().await.is_some() {} };
        // If nobody answers in time, the order is as if nothing were measured.
        let _ = timeout(self.options.wait, first).await;
        // They end on their own.
        measuring.detach_all();
        known()
    }

    /// Measures the nodes for which it is time.
    fn measure(&self, nearest: &Arc<Nearest>) -> JoinSet<()> {
        let mut measuring = JoinSet::new();
        for node in nearest.due() {
            let Ok(link) = self.link(node).map(Arc::clone) else {
                continue;
            };
            let (nearest, cluster) = (Arc::clone(nearest), self.id());
            measuring.spawn(async move {
                let began = Instant::now();
                let within = with_grace(Duration::ZERO);
                match link.call(cluster, ClientRequest::Status, within).await {
                    Ok(ClientReply::Status(status)) if cluster.is_none_or(|own| own == status.cluster) => {
                        nearest.measured(node, Some((began.elapsed(), &status)));
                    }
                    _ => nearest.measured(node, None),
                }
            });
        }
        measuring
    }

    /// What a read at `node` tells those that come after it.
    pub(super) fn learn(&self, node: NodeId, partition: Partition, outcome: Option<&Outcome>) {
        let Some(nearest) = &self.nearest else {
            return;
        };
        match outcome {
            None => nearest.read(node, partition, None),
            Some(Outcome::NotCaughtUp { applied }) => nearest.read(node, partition, Some(*applied)),
            Some(Outcome::Failed(_)) => nearest.failed(node),
            Some(_) => {}
        }
    }
}
