//! How a read that any replica may answer finds one that does.
//!
//! The preferred replica first, then the others, each once per round, the leader last: it has the most to do, and it
//! is the one that is caught up when nobody else is. A bounded wait at each; rounds until the deadline; then one error that
//! names what was tried.

use super::cluster::{Answer, Cluster, Failure, Said, unavailable, with_grace};
use super::patience::Patience;
use super::prefer::Prefer;
use super::tried::{Outcome, Tried};
use crate::wire::ClientRequest;
use katakv_core::{EntryId, NodeId, Partition, REPLICAS, Reply};
use std::time::Duration;

impl Cluster {
    /// Asks the replicas of `partition` for an answer that is `right`, as it says of each, and that is to include `seen`. Each may wait
    /// for `wait` before it answers; `request` is told how many milliseconds that is.
    pub(super) async fn at_replicas(
        &self,
        (partition, seen): (Partition, EntryId),
        wait: Duration,
        request: impl Fn(u32) -> ClientRequest,
        right: impl Fn(&Reply) -> Result<(), Outcome>,
    ) -> Result<Answer, Failure> {
        let mut patience = Patience::new(self.options.deadline);
        let mut tried = Tried::default();
        loop {
            for node in self.order(partition, seen).await {
                let Some(left) = patience.left() else {
                    return Err(unavailable(&tried, false));
                };
                let wait = wait.min(left);
                let wait_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
                let outcome = match self.ask(node, request(wait_ms), with_grace(wait)).await {
                    Said::Invalid(why) => return Err(Failure::Invalid(why)),
                    Said::Nothing(outcome) => outcome,
                    Said::Answer(answer) => match right(&answer.reply) {
                        Ok(()) => {
                            self.learn(node, partition, None);
                            return Ok(answer);
                        }
                        Err(outcome) => outcome,
                    },
                };
                self.learn(node, partition, Some(&outcome));
                tried.note(node, outcome);
            }
            patience.pause().await;
        }
    }
}

/// What a replica says that has no answer.
pub(super) fn no_answer(reply: &Reply) -> Outcome {
    match reply {
        Reply::NotCaughtUp { applied } => Outcome::NotCaughtUp { applied: *applied },
        Reply::NotLeader { leader } => Outcome::NotLeader { leader: *leader },
        Reply::NotServing => Outcome::NotServing,
        Reply::Busy => Outcome::Busy,
        Reply::HandingOver { to } => Outcome::HandingOver { to: *to },
        _ => Outcome::Nonsense,
    }
}

impl Cluster {
    /// One round of reads of `partition`.
    async fn order(&self, partition: Partition, seen: EntryId) -> [NodeId; REPLICAS] {
        let replicas = self.placement().replicas(partition);
        let first = match (self.options.prefer, &self.nearest) {
            (Prefer::Node(node), _) => Some(node),
            (_, Some(nearest)) => self.nearest(nearest, (partition, replicas), seen).await,
            (_, None) => None,
        };
        order(replicas, first, self.leaders.get(partition))
    }
}

/// The preferred replica, the others in the order of the placement, the leader last unless it is preferred.
fn order(replicas: [NodeId; REPLICAS], first: Option<NodeId>, leader: Option<NodeId>) -> [NodeId; REPLICAS] {
    let mut order = replicas;
    order.sort_by_key(|node| match Some(*node) {
        node if node == first => 0,
        node if node == leader => 2,
        _ => 1,
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [NodeId; REPLICAS] = [NodeId(0), NodeId(1), NodeId(2)];

    fn ids(order: &[NodeId]) -> Vec<u8> {
        order.iter().map(|node| node.0).collect()
    }

    #[test]
    fn the_leader_is_last_unless_it_is_preferred() {
        assert_eq!(ids(&order(ALL, None, None)), [0, 1, 2]);
        assert_eq!(ids(&order(ALL, None, Some(NodeId(0)))), [1, 2, 0]);
        assert_eq!(ids(&order(ALL, Some(NodeId(2)), Some(NodeId(0)))), [2, 1, 0]);
        assert_eq!(ids(&order(ALL, Some(NodeId(1)), Some(NodeId(1)))), [1, 0, 2]);
    }
}
