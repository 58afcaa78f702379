//! One request, one answer: what the router adds to the node's words.

use crate::client::{Answer, Cluster, Failure};
use crate::driver::check_request;
use crate::wire::{ClientReply, ClientRequest, ClusterId};
use katakv_core::{NodeId, Partition};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Answers the requests of one connection.
#[derive(Debug)]
pub(super) struct Answerer {
    cluster: Arc<Cluster>,
    /// The cluster that the client wants to talk to, if it said.
    expected: Option<ClusterId>,
    /// How many times it has asked for a status.
    statuses: AtomicUsize,
}

impl Answerer {
    pub(super) fn new(cluster: Arc<Cluster>, expected: Option<ClusterId>) -> Answerer {
        Answerer {
            cluster,
            expected,
            statuses: AtomicUsize::new(0),
        }
    }

    pub(super) async fn answer(&self, request: ClientRequest) -> ClientReply {
        if let Err(failure) = self.check_cluster().await {
            return refusal(failure);
        }
        // Also for this router's own sake: it knows of no other partitions, and of no empty transaction.
        if let Err(error) = check_request(&request) {
            return ClientReply::Invalid(error.to_string());
        }
        let result = match request {
            ClientRequest::Write { op, level } => self.cluster.write(op, level).await,
            ClientRequest::Read { key, seen, wait_ms } => {
                let wait = Duration::from_millis(wait_ms.into());
                self.cluster.read(key, seen, wait).await
            }
            ClientRequest::Transact { transaction, level } => {
                let partition = Partition::of_key(transaction.ops[0].key());
                let request = ClientRequest::Transact { transaction, level };
                self.cluster.at_leader(partition, request).await
            }
            ClientRequest::Once { once, level } => self.cluster.once(once, level).await,
            ClientRequest::Register { partition } => self.cluster.register(partition).await,
            ClientRequest::AnyRead { key } => self.cluster.any_read(key).await,
            ClientRequest::LinearizableRead { key } => self.cluster.linearizable_read(key).await,
            ClientRequest::Fate { partition, at } => self.cluster.fate(partition, at).await,
            ClientRequest::Scan {
                wanted,
                seen,
                wait_ms,
            } => {
                let wait = Duration::from_millis(wait_ms.into());
                self.cluster.page(&wanted, seen, wait).await
            }
            ClientRequest::Await {
                partition, at, level, ..
            } => self.cluster.await_level(partition, at, level).await,
            ClientRequest::StatePage { .. } => {
                return ClientReply::Invalid("a router has no state: ask a node".to_owned());
            }
            ClientRequest::Status => return self.status().await,
            ClientRequest::Transfer { partition, to } => {
                return match self.cluster.transfer(partition, to).await {
                    Ok(elections) => ClientReply::Elected(elections),
                    Err(failure) => refusal(failure),
                };
            }
            ClientRequest::Usage { node } => {
                return match self.cluster.usage(node).await {
                    Ok(usage) => ClientReply::Usage(usage),
                    Err(outcome) => ClientReply::Unavailable {
                        tried: format!("{node}: {outcome}"),
                        maybe_done: false,
                    },
                };
            }
            ClientRequest::Watch { .. } => {
                return ClientReply::Invalid("a router wins no elections: ask the nodes".to_owned());
            }
            ClientRequest::Quarantine {
                node,
                partition,
                from,
            } => {
                return match self.cluster.quarantine(node, partition, from).await {
                    Ok(part) => ClientReply::Quarantine(part),
                    Err(failure) => refusal(failure),
                };
            }
        };
        match result {
            Ok(Answer { cluster, node, reply }) => ClientReply::Protocol { cluster, node, reply },
            Err(failure) => refusal(failure),
        }
    }

    /// A write that is meant for another cluster must not be passed on to this one.
    async fn check_cluster(&self) -> Result<(), Failure> {
        let Some(expected) = self.expected else {
            return Ok(());
        };
        let found = self.cluster.identify().await?;
        if found == expected {
            Ok(())
        } else {
            Err(Failure::Invalid(format!(
                "this router serves cluster {found}, and the client expects {expected}"
            )))
        }
    }

    async fn status(&self) -> ClientReply {
        let nodes: Vec<NodeId> = self.cluster.placement().nodes().collect();
        let turn = self.statuses.fetch_add(1, Ordering::Relaxed);
        let node = nodes[turn % nodes.len()];
        match self.cluster.status(node).await {
            Ok(status) => ClientReply::Status(status),
            Err(outcome) => ClientReply::Unavailable {
                tried: format!("{node}: {outcome}"),
                maybe_done: false,
            },
        }
    }
}

fn refusal(failure: Failure) -> ClientReply {
    match failure {
        Failure::Invalid(why) => ClientReply::Invalid(why),
        Failure::Unavailable { tried, maybe_done } => ClientReply::Unavailable { tried, maybe_done },
    }
}
