//! Being told of elections: what nodes push, and routers listen to.

use super::cluster::Cluster;
use super::link::Link;
use crate::wire::{ClientReply, ClientRequest, Elections};
use katakv_core::{Elected, Epoch, NodeId, PARTITIONS};
use std::time::Duration;

/// Longer than a node keeps anybody waiting.
const WITHIN: Duration = Duration::from_secs(15);

/// How long to leave a node alone that had nothing to tell, or does not answer.
const PAUSE: Duration = Duration::from_millis(200);

impl Cluster {
    /// Listens to the elections that `node` wins, for as long as it is awaited; it never ends. The connection is its own.
    pub async fn watch(&self, node: NodeId) {
        let Some(address) = self.address(node) else {
            return std::future::pending().await;
        };
        let link = Link::new(address);
        let mut known = vec![Epoch::ZERO; usize::from(PARTITIONS)];
        loop {
            let request = ClientRequest::Watch { known: known.clone() };
            let news = match link.call(self.id(), request, WITHIN).await {
                Ok(ClientReply::Elected(elections)) => self.hear(node, &mut known, &elections),
                _ => false,
            };
            if !news {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Whether `elections` tell something new of `node`.
    fn hear(&self, node: NodeId, known: &mut [Epoch], elections: &Elections) -> bool {
        if elections.node != node || self.belongs(elections.cluster).is_err() {
            return false;
        }
        let mut news = false;
        for (partition, epoch) in &elections.won {
            let Some(known) = known.get_mut(usize::from(partition.0)) else {
                continue;
            };
            if *epoch > *known {
                *known = *epoch;
                news = true;
                let (epoch, leader) = (*epoch, node);
                self.leaders.hear(*partition, Elected { epoch, leader });
            }
        }
        news
    }
}
