//! Letting another node lead a partition, because an operator wants it.
//!
//! The leader is asked to hand over, found as for a write, and whom it hands over to is asked whether it leads, until it does. A leader that has
//! not heard the target for a while refuses. One that waits for it in vain gives up, serves on, and is asked again until the deadline.

use super::cluster::{Cluster, Failure, unavailable, with_grace};
use super::leaders::Search;
use super::operations::{Client, Route};
use super::patience::Patience;
use super::replicas::no_answer;
use super::tried::{Outcome, Tried};
use crate::driver::limits;
use crate::wire::{ClientReply, ClientRequest, Elections};
use katakv_core::{Epoch, NodeId, Partition};
use std::time::Duration;

/// Why it is not known that the node leads. Whoever leads serves on; nothing is lost by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// It did not come to lead in time. Look whether it is up and has caught up (`katakv status`), and try again.
    #[error("not handed over: {tried}")]
    Unavailable {
        /// What was tried, node by node.
        tried: String,
    },
    /// There is no such partition or node. Do not try again as it is.
    #[error("refused: {0}")]
    Invalid(String),
}

impl From<Failure> for TransferError {
    fn from(failure: Failure) -> TransferError {
        match failure {
            Failure::Invalid(why) => TransferError::Invalid(why),
            Failure::Unavailable { tried, .. } => TransferError::Unavailable { tried },
        }
    }
}

impl Cluster {
    /// Lets `to` lead `partition`; says so when it serves.
    pub async fn transfer(&self, partition: Partition, to: NodeId) -> Result<Elections, Failure> {
        let mut patience = Patience::new(self.options.deadline);
        let mut search = Search::new(self.placement().replicas(partition), self.leaders.get(partition));
        let mut tried = Tried::default();
        while let Some(left) = patience.left() {
            let Some(node) = search.next() else {
                patience.pause().await;
                search.again();
                continue;
            };
            let request = ClientRequest::Transfer { partition, to };
            let within = with_grace(Duration::ZERO).min(left);
            let outcome = match self.call(node, request, within).await {
                Ok(ClientReply::Invalid(why)) => return Err(Failure::Invalid(why)),
                Ok(ClientReply::Unavailable { tried, maybe_done }) => {
                    return Err(Failure::Unavailable { tried, maybe_done });
                }
                Ok(ClientReply::Elected(elections)) if leads(&elections, partition, to).is_some() => {
                    match self.belongs(elections.cluster) {
                        Ok(()) => return Ok(elections),
                        Err(outcome) => outcome,
                    }
                }
                Ok(ClientReply::Protocol { cluster, reply, .. }) => match self.belongs(cluster) {
                    Ok(()) => no_answer(&reply),
                    Err(outcome) => outcome,
                },
                Ok(ClientReply::Elsewhere { replicas, .. }) => Outcome::Elsewhere { replicas },
                Ok(_) => Outcome::Nonsense,
                Err(outcome) => outcome,
            };
            match &outcome {
                Outcome::NotLeader { leader } => search.told(*leader),
                Outcome::HandingOver { to } => search.told(Some(*to)),
                Outcome::NotServing => search.wait_for(node),
                _ => {}
            }
            tried.note(node, outcome);
        }
        Err(unavailable(&tried, false))
    }
}

/// In which epoch `to` leads `partition`, if that is what it says.
fn leads(elections: &Elections, partition: Partition, to: NodeId) -> Option<Epoch> {
    let mut won = elections.won.iter().filter(|_| elections.node == to);
    won.find(|(of, _)| *of == partition).map(|(_, epoch)| *epoch)
}

impl Client {
    /// Lets `to` lead `partition`, and waits until it does; the answer is its epoch.
    pub async fn transfer(&self, partition: Partition, to: NodeId) -> Result<Epoch, TransferError> {
        limits::check_partition(partition).map_err(|error| TransferError::Invalid(error.to_string()))?;
        let elections = match &self.route {
            Route::Nodes(cluster) => cluster.transfer(partition, to).await?,
            Route::Router(router) => {
                let request = ClientRequest::Transfer { partition, to };
                match router.ask(request, true).await? {
                    ClientReply::Elected(elections) => elections,
                    _ => return Err(router.failed(&Outcome::Nonsense, false).into()),
                }
            }
        };
        leads(&elections, partition, to).ok_or_else(|| TransferError::Unavailable {
            tried: format!("{}: {}", elections.node, Outcome::Nonsense),
        })
    }
}
