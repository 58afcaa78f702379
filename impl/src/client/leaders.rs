//! Who leads what, as far as is known: a cache that may be wrong or lost at any time. The node that is asked
//! decides; being wrong costs a redirect.
//!
//! Who can lead a partition, the placement says. Who does is learnt from two sides: results of elections, which the nodes publish, and answers. What becomes of either is the core's
//! rule ([`Directory`]), here for each partition.

use crate::placement::Placement;
use katakv_core::{Directory, Elected, NodeId, PARTITIONS, Partition, REPLICAS, Sound};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(super) struct Leaders {
    placement: Placement,
    directories: [Mutex<Directory>; PARTITIONS as usize],
}

impl Leaders {
    pub(super) fn new(placement: Placement) -> Leaders {
        Leaders {
            placement,
            directories: Default::default(),
        }
    }

    pub(super) fn get(&self, partition: Partition) -> Option<NodeId> {
        self.directory(partition).leader()
    }

    /// An answer told who leads, or that nobody knows. A node that does not hold the partition is not remembered: the hint
    /// comes from outside.
    pub(super) fn set(&self, partition: Partition, leader: Option<NodeId>) {
        if sabotaged!("router-cache-not-corrected") && self.get(partition).is_some() {
            return;
        }
        let leader = leader.filter(|leader| self.placement.holds(*leader, partition));
        self.directory(partition).correct(&Sound, leader);
    }

    /// A result was published. An older one than was heard before changes nothing.
    pub(super) fn hear(&self, partition: Partition, result: Elected) {
        self.directory(partition).hear(&Sound, result);
    }

    fn directory(&self, partition: Partition) -> MutexGuard<'_, Directory> {
        let directory = &self.directories[usize::from(partition.0)];
        // Nothing panics while it holds the lock; if something did, what is believed could still be corrected.
        directory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The search for a partition's leader: the best hint first, then whoever was not asked in this round.
#[derive(Debug)]
pub(super) struct Search {
    replicas: [NodeId; REPLICAS],
    asked: [bool; REPLICAS],
    hint: Option<NodeId>,
}

impl Search {
    pub(super) fn new(replicas: [NodeId; REPLICAS], hint: Option<NodeId>) -> Search {
        Search {
            replicas,
            asked: [false; REPLICAS],
            hint,
        }
    }

    /// Whom to ask next; `None` at the end of a round.
    pub(super) fn next(&mut self) -> Option<NodeId> {
        let place_of = |hint| self.replicas.iter().position(|replica| *replica == hint);
        let hinted = self.hint.and_then(place_of);
        let place = hinted
            .filter(|place| !self.asked[*place])
            .or_else(|| self.asked.iter().position(|asked| !asked))?;
        self.asked[place] = true;
        Some(self.replicas[place])
    }

    /// A node said who leads.
    pub(super) fn told(&mut self, leader: Option<NodeId>) {
        self.hint = leader.or(self.hint);
    }

    /// `node` leads but cannot accept the write now: nobody else can, so the round ends, and the next begins there.
    pub(super) fn wait_for(&mut self, node: NodeId) {
        self.hint = Some(node);
        self.asked = [true; REPLICAS];
    }

    /// Begins a new round.
    pub(super) fn again(&mut self) {
        self.asked = [false; REPLICAS];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLICAS_OF_IT: [NodeId; REPLICAS] = [NodeId(0), NodeId(1), NodeId(2)];

    fn search(hint: Option<NodeId>) -> Search {
        Search::new(REPLICAS_OF_IT, hint)
    }

    #[test]
    fn follows_hints_and_asks_each_node_once_per_round() {
        let mut search = search(Some(NodeId(1)));
        assert_eq!(search.next(), Some(NodeId(1)));
        search.told(Some(NodeId(2)));
        assert_eq!(search.next(), Some(NodeId(2)));
        // Two nodes that point at each other end the round; they do not make a loop.
        search.told(Some(NodeId(1)));
        assert_eq!(search.next(), Some(NodeId(0)));
        assert_eq!(search.next(), None);
        search.again();
        assert_eq!(search.next(), Some(NodeId(1)));
    }

    #[test]
    fn a_leader_that_needs_time_is_asked_again_after_the_pause() {
        let mut search = search(None);
        assert_eq!(search.next(), Some(NodeId(0)));
        search.wait_for(NodeId(0));
        assert_eq!(search.next(), None);
        search.again();
        assert_eq!(search.next(), Some(NodeId(0)));
    }

    #[test]
    fn an_older_result_changes_nothing_and_an_answer_corrects_at_once() {
        let (leaders, partition) = (Leaders::new(Placement::OF_THREE), Partition(3));
        let elected = |epoch: u64, leader: u8| Elected {
            epoch: katakv_core::Epoch(epoch),
            leader: NodeId(leader),
        };
        leaders.hear(partition, elected(5, 2));
        leaders.hear(partition, elected(4, 1));
        assert_eq!(leaders.get(partition), Some(NodeId(2)));
        leaders.set(partition, Some(NodeId(0)));
        leaders.hear(partition, elected(5, 2));
        assert_eq!(leaders.get(partition), Some(NodeId(0)));
        leaders.hear(partition, elected(6, 1));
        assert_eq!(leaders.get(partition), Some(NodeId(1)));
    }

    #[test]
    fn a_hint_at_a_node_that_does_not_exist_is_ignored() {
        let mut search = search(Some(NodeId(200)));
        assert_eq!(search.next(), Some(NodeId(0)));
        let leaders = Leaders::new(Placement::OF_THREE);
        leaders.set(Partition(3), Some(NodeId(200)));
        assert_eq!(leaders.get(Partition(3)), None);
    }
}
