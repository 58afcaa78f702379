//! What each node says of itself, as far as they answer.

use super::cluster;
use super::operations::{Client, Route};
use crate::wire::Status;
use katakv_core::REPLICAS;

/// What the nodes of a cluster say of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterStatus {
    /// Each node's state, or `None` if it did not answer.
    pub nodes: [Option<Status>; REPLICAS],
    /// Why those that did not answer did not.
    pub failures: Vec<String>,
}

impl ClusterStatus {
    fn add(&mut self, status: Status) {
        if let Some(slot) = self.nodes.get_mut(usize::from(status.node.0)) {
            *slot = Some(status);
        }
    }
}

impl Client {
    /// What each node says of itself.
    pub async fn status(&self) -> ClusterStatus {
        let mut table = ClusterStatus::default();
        match &self.route {
            Route::Nodes(cluster) => {
                for node in cluster::nodes() {
                    match cluster.status(node).await {
                        Ok(status) => table.add(status),
                        Err(outcome) => table.failures.push(format!("{node}: {outcome}")),
                    }
                }
            }
            Route::Router(router) => {
                // The router takes the nodes in turns.
                for _ in 0..REPLICAS {
                    match router.status().await {
                        Ok(Ok(status)) => table.add(status),
                        Ok(Err(tried)) => table.failures.push(tried),
                        Err(failure) => {
                            table.failures.push(failure.to_string());
                            break;
                        }
                    }
                }
            }
        }
        table
    }
}
