//! The nearest replica: whose answers take the least time, as far as was measured.
//!
//! Every so often, while there are reads, each node is asked for its status beside them; how long the answer takes is measured
//! ([`Estimate`]). A read itself is no measure: it may wait for the replica to catch up. What is measured of a node that does not answer is
//! forgotten (RFC 6298, section 5.7), and the next answer begins anew, so a node that is back is seen.
//!
//! The one that was nearest stays so until another one is clearly nearer, or reads would go to and fro between two that are about as
//! far. A replica that was behind what a session has seen is passed over by that session until it is heard to have caught up: the
//! nearest of the others is asked first. This decides where a read goes first and nothing else; what it may be answered with, the token decides.

use super::latency::Estimate;
use super::read::includes;
use crate::wire::Status;
use katakv_core::{EntryId, NodeId, PARTITIONS, Partition, REPLICAS};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How often the nodes are measured.
const MEASURE_EVERY: Duration = Duration::from_millis(250);

/// What is known of a replica, for one read.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    node: NodeId,
    /// `None`: it was not measured, or does not answer.
    estimate: Option<Estimate>,
    /// Whether it is not known to have what the session has seen, and has said so.
    behind: bool,
}

/// The nearest one, given which was so before; `None` if nothing was measured.
fn nearest(candidates: &[Candidate], before: Option<NodeId>) -> Option<NodeId> {
    let measured = || {
        candidates
            .iter()
            .filter_map(|found| Some((found.node, found.estimate?)))
    };
    let (node, estimate) = measured().min_by_key(|(_, estimate)| estimate.round_trip())?;
    let stays = measured()
        .filter(|(other, _)| Some(*other) == before)
        .find(|(_, other)| !estimate.is_clearly_below(*other));
    Some(stays.map_or(node, |(before, _)| before))
}

/// Whom a read asks first: `nearest`, unless it is behind and another one is not.
fn first(candidates: &[Candidate], nearest: NodeId) -> NodeId {
    let caught_up: Vec<Candidate> = candidates.iter().copied().filter(|found| !found.behind).collect();
    self::nearest(&caught_up, Some(nearest)).unwrap_or(nearest)
}

/// What was measured of the nodes, and which replica of each partition is the nearest.
#[derive(Debug)]
pub(super) struct Nearest(Mutex<State>);

#[derive(Debug)]
struct State {
    nodes: Vec<Measured>,
    nearest: [Option<NodeId>; PARTITIONS as usize],
    /// When the nodes were measured last.
    at: Option<Instant>,
}

#[derive(Clone, Debug, Default)]
struct Measured {
    estimate: Option<Estimate>,
    /// How far it has applied the partitions in which it was behind a session.
    behind: [Option<EntryId>; PARTITIONS as usize],
    /// Whether it is being measured.
    asked: bool,
}

impl Nearest {
    /// Of a cluster of so many nodes.
    pub(super) fn new(nodes: usize) -> Nearest {
        Nearest(Mutex::new(State {
            nodes: vec![Measured::default(); nodes],
            nearest: [None; PARTITIONS as usize],
            at: None,
        }))
    }

    /// Which of the `replicas` of `partition` a read asks first that must include `seen`; `None` if none of them was measured.
    pub(super) fn first(
        &self,
        partition: Partition,
        replicas: [NodeId; REPLICAS],
        seen: EntryId,
    ) -> Option<NodeId> {
        let place = usize::from(partition.0);
        let mut state = self.lock();
        let candidates = replicas.map(|node| {
            let measured = &state.nodes[usize::from(node.0)];
            Candidate {
                node,
                estimate: measured.estimate,
                behind: measured.behind[place].is_some_and(|applied| !includes(applied, seen)),
            }
        });
        let nearest = nearest(&candidates, state.nearest[place])?;
        state.nearest[place] = Some(nearest);
        Some(first(&candidates, nearest))
    }

    /// The nodes that are to be measured now; what came of it, [`Nearest::measured`] is told of each.
    pub(super) fn due(&self) -> Vec<NodeId> {
        let mut state = self.lock();
        if state.at.is_some_and(|at| at.elapsed() < MEASURE_EVERY) {
            return Vec::new();
        }
        state.at = Some(Instant::now());
        let mut due = Vec::new();
        for (id, measured) in (0..).zip(&mut state.nodes) {
            if !std::mem::replace(&mut measured.asked, true) {
                due.push(NodeId(id));
            }
        }
        due
    }

    /// A node was measured: it has answered so after so long, or not at all.
    pub(super) fn measured(&self, node: NodeId, answer: Option<(Duration, &Status)>) {
        let measured = &mut self.lock().nodes[usize::from(node.0)];
        measured.asked = false;
        let Some((round_trip, status)) = answer else {
            measured.estimate = None;
            return;
        };
        measured.estimate = Some(match measured.estimate {
            Some(estimate) => estimate.and(round_trip),
            None => Estimate::first(round_trip),
        });
        for replica in &status.partitions {
            if let Some(Some(behind)) = measured.behind.get_mut(usize::from(replica.partition.0)) {
                *behind = replica.applied;
            }
        }
    }

    /// A node that was asked to read does not answer.
    pub(super) fn failed(&self, node: NodeId) {
        self.lock().nodes[usize::from(node.0)].estimate = None;
    }

    /// A replica was asked to read: it has applied up to `behind`, and that is too little, or it has answered.
    pub(super) fn read(&self, node: NodeId, partition: Partition, behind: Option<EntryId>) {
        self.lock().nodes[usize::from(node.0)].behind[usize::from(partition.0)] = behind;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; if something did, what was measured would be measured again.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ClusterId;
    use katakv_core::{Epoch, Index};

    const P: Partition = Partition(3);
    const ALL: [NodeId; REPLICAS] = [NodeId(0), NodeId(1), NodeId(2)];

    fn id(index: u64) -> EntryId {
        EntryId::new(Epoch(1), Index(index))
    }

    /// Of answers that take so many milliseconds each time.
    fn candidates(ms: [Option<u64>; REPLICAS]) -> [Candidate; REPLICAS] {
        ALL.map(|node| Candidate {
            node,
            estimate: ms[usize::from(node.0)].map(|ms| {
                let round_trip = Duration::from_millis(ms);
                (0..40).fold(Estimate::first(round_trip), |estimate, _| {
                    estimate.and(round_trip)
                })
            }),
            behind: false,
        })
    }

    #[test]
    fn the_fastest_is_the_nearest_and_who_does_not_answer_is_not() {
        assert_eq!(nearest(&candidates([None; 3]), Some(NodeId(1))), None);
        let all = candidates([Some(9), Some(30), Some(5)]);
        assert_eq!(nearest(&all, None), Some(NodeId(2)));
        let without = candidates([Some(9), Some(30), None]);
        assert_eq!(nearest(&without, Some(NodeId(2))), Some(NodeId(0)));
    }

    #[test]
    fn the_nearest_stays_so_until_another_one_is_clearly_nearer() {
        let about_the_same = candidates([Some(10), Some(9), Some(50)]);
        for before in [NodeId(0), NodeId(1)] {
            assert_eq!(nearest(&about_the_same, Some(before)), Some(before));
        }
        let far = candidates([Some(10), Some(3), Some(50)]);
        assert_eq!(nearest(&far, Some(NodeId(0))), Some(NodeId(1)));
    }

    #[test]
    fn a_replica_that_is_behind_is_passed_over_unless_all_are() {
        let mut all = candidates([Some(9), Some(30), Some(5)]);
        all[2].behind = true;
        assert_eq!(first(&all, NodeId(2)), NodeId(0));
        all[0].behind = true;
        all[1].behind = true;
        assert_eq!(first(&all, NodeId(2)), NodeId(2));
    }

    fn answers(nearest: &Nearest, node: NodeId, ms: u64) {
        let (cluster, partitions) = (ClusterId(7), Vec::new());
        let status = Status {
            cluster,
            node,
            partitions,
        };
        nearest.measured(node, Some((Duration::from_millis(ms), &status)));
    }

    #[test]
    fn a_session_that_has_seen_less_goes_on_reading_at_a_replica_that_is_behind_another() {
        let nearest = Nearest::new(3);
        answers(&nearest, NodeId(1), 5);
        answers(&nearest, NodeId(2), 500);
        nearest.read(NodeId(1), P, Some(id(6)));
        assert_eq!(nearest.first(P, ALL, id(7)), Some(NodeId(2)));
        assert_eq!(nearest.first(P, ALL, id(6)), Some(NodeId(1)));
        nearest.read(NodeId(1), P, None);
        assert_eq!(nearest.first(P, ALL, id(7)), Some(NodeId(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn nodes_are_measured_now_and_then_and_one_that_does_not_answer_not_twice_at_a_time() {
        let nearest = Nearest::new(3);
        assert_eq!(nearest.due(), ALL);
        assert_eq!(nearest.due(), []);
        nearest.measured(NodeId(0), None);
        answers(&nearest, NodeId(1), 5);
        tokio::time::advance(MEASURE_EVERY).await;
        assert_eq!(nearest.due(), [NodeId(0), NodeId(1)]);
    }

    #[test]
    fn a_node_that_is_back_begins_anew() {
        let nearest = Nearest::new(3);
        for _ in 0..40 {
            answers(&nearest, NodeId(0), 500);
            answers(&nearest, NodeId(1), 100);
        }
        assert_eq!(nearest.first(P, ALL, EntryId::ZERO), Some(NodeId(1)));
        nearest.failed(NodeId(0));
        answers(&nearest, NodeId(0), 5);
        assert_eq!(nearest.first(P, ALL, EntryId::ZERO), Some(NodeId(0)));
    }
}
