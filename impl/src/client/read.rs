//! How a session read finds a replica that can answer it.
//!
//! The preferred replica first, then the others, each once per round, the leader last: it has the most to do, and it
//! is the one that is caught up when nobody else is. Each replica may wait a bounded time to catch up. A replica says
//! either a state that includes what the session has seen, or that it cannot; what the session has seen is never
//! left out of the request to get an answer.

use super::cluster::{Answer, Cluster, Failure, Said, unavailable, with_grace};
use super::patience::Patience;
use super::tried::{Outcome, Tried};
use crate::wire::ClientRequest;
use katakv_core::{Bytes, EntryId, NodeId, Partition, REPLICAS, Reply};
use std::time::Duration;

impl Cluster {
    /// Reads `key` from a replica that includes `seen`; the answer is `Value` or `Lost`.
    pub async fn read(&self, key: Bytes, seen: EntryId, wait: Duration) -> Result<Answer, Failure> {
        let partition = Partition::of_key(&key);
        let mut patience = Patience::new(self.options.deadline);
        let mut tried = Tried::default();
        loop {
            for node in self.order(partition) {
                let Some(left) = patience.left() else {
                    return Err(unavailable(&tried, false));
                };
                let wait = wait.min(left);
                let request = ClientRequest::Read {
                    key: key.clone(),
                    seen,
                    wait_ms: u32::try_from(wait.as_millis()).unwrap_or(u32::MAX),
                };
                let outcome = match self.ask(node, request, with_grace(wait)).await {
                    Said::Invalid(why) => return Err(Failure::Invalid(why)),
                    Said::Nothing(outcome) => outcome,
                    Said::Answer(answer) => match answer.reply {
                        Reply::Value { at, .. } if !includes(at, seen) => Outcome::Stale { at },
                        Reply::Value { .. } | Reply::Lost(_) => return Ok(answer),
                        Reply::NotCaughtUp { applied } => Outcome::NotCaughtUp { applied },
                        Reply::NotLeader { leader } => Outcome::NotLeader { leader },
                        Reply::NotServing => Outcome::NotServing,
                        Reply::Busy => Outcome::Busy,
                        Reply::HandingOver { to } => Outcome::HandingOver { to },
                        Reply::Written { .. }
                        | Reply::Unknown { .. }
                        | Reply::Conflict { .. }
                        | Reply::ClientExpired
                        | Reply::TooManyOutstanding
                        | Reply::AnyValue { .. }
                        | Reply::NotYet { .. }
                        | Reply::Fate { .. } => Outcome::Nonsense,
                    },
                };
                tried.note(node, outcome);
            }
            patience.pause().await;
        }
    }
}

/// Whether a state at `at` can include the entry `seen`: epochs never decrease along a log, nor do indexes.
pub(super) fn includes(at: EntryId, seen: EntryId) -> bool {
    at.epoch >= seen.epoch && at.index >= seen.index
}

impl Cluster {
    /// One round of reads of `partition`.
    pub(super) fn order(&self, partition: Partition) -> [NodeId; REPLICAS] {
        let replicas = self.placement().replicas(partition);
        order(replicas, self.options.prefer, self.leaders.get(partition))
    }
}

/// The preferred replica, the others in the order of the placement, the leader last unless it is preferred.
fn order(replicas: [NodeId; REPLICAS], prefer: Option<NodeId>, leader: Option<NodeId>) -> [NodeId; REPLICAS] {
    let mut order = replicas;
    order.sort_by_key(|node| match Some(*node) {
        node if node == prefer => 0,
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

    #[test]
    fn a_later_epoch_at_an_earlier_place_does_not_include_what_was_seen() {
        let id = |epoch, index| EntryId::new(katakv_core::Epoch(epoch), katakv_core::Index(index));
        assert!(includes(id(2, 6), id(1, 5)));
        assert!(includes(id(1, 5), id(1, 5)));
        assert!(!includes(id(2, 4), id(1, 5)));
        assert!(!includes(id(1, 9), id(2, 5)));
    }
}
