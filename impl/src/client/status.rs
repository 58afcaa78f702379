//! What each node says of itself, as far as they answer.

use super::cluster::{Cluster, with_grace};
use super::operations::{Client, Route};
use super::tried::Outcome;
use crate::placement::NODES_MAX;
use crate::wire::{ClientReply, ClientRequest, Status, Usage};
use katakv_core::{NodeId, REPLICAS};
use std::collections::BTreeSet;
use std::time::Duration;

/// What the nodes of a cluster say of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterStatus {
    /// Each node's state, in order of their ids, or `None` if it did not answer.
    pub nodes: Vec<Option<Status>>,
    /// What those that answer use, and how far those are behind that they lead.
    pub usage: Vec<Usage>,
    /// Why those that did not answer did not.
    pub failures: Vec<String>,
}

impl ClusterStatus {
    fn add(&mut self, status: Status) {
        let place = usize::from(status.node.0);
        if place < NODES_MAX {
            self.nodes.resize(self.nodes.len().max(place + 1), None);
            self.nodes[place] = Some(status);
        }
    }
}

impl Cluster {
    /// What a node uses.
    pub async fn usage(&self, node: NodeId) -> Result<Usage, Outcome> {
        let request = ClientRequest::Usage { node };
        let within = self.options.deadline.min(with_grace(Duration::ZERO));
        match self.call(node, request, within).await? {
            ClientReply::Usage(usage) if usage.node == node => {
                self.belongs(usage.cluster)?;
                Ok(usage)
            }
            _ => Err(Outcome::Nonsense),
        }
    }
}

impl Client {
    /// What each node says of itself.
    pub async fn status(&self) -> ClusterStatus {
        let mut table = ClusterStatus::default();
        match &self.route {
            Route::Nodes(cluster) => {
                table.nodes = cluster.placement().nodes().map(|_| None).collect();
                for node in cluster.placement().nodes() {
                    match cluster.status(node).await {
                        Ok(status) => table.add(status),
                        Err(outcome) => table.failures.push(format!("{node}: {outcome}")),
                    }
                }
            }
            Route::Router(router) => {
                // The router takes the nodes in turns; when it says the same again, it has been at each of them.
                table.nodes = vec![None; REPLICAS];
                let mut known = BTreeSet::new();
                loop {
                    match router.status().await {
                        Ok(Ok(status)) if known.insert(status.node.to_string()) => table.add(status),
                        Ok(Err(tried)) if known.insert(tried.clone()) => table.failures.push(tried),
                        Ok(_) => break,
                        Err(failure) => {
                            table.failures.push(failure.to_string());
                            break;
                        }
                    }
                }
            }
        }
        for node in table.nodes.iter().flatten().map(|status| status.node) {
            table.usage.extend(self.usage(node).await);
        }
        table
    }

    /// Of a node that has just answered: that it does not say is no failure of its own.
    async fn usage(&self, node: NodeId) -> Option<Usage> {
        match &self.route {
            Route::Nodes(cluster) => cluster.usage(node).await.ok(),
            Route::Router(router) => match router.ask(ClientRequest::Usage { node }, true).await {
                Ok(ClientReply::Usage(usage)) if usage.node == node => Some(usage),
                _ => None,
            },
        }
    }
}
