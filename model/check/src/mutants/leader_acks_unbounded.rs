//! What is on the leader's disk is acknowledged, however far the others are behind.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct LeaderAcksUnbounded;

pub(super) const MUTANT: Mutant = Mutant {
    name: "leader-acks-unbounded",
    words: "a leader acknowledges at level leader as long as its disk syncs, whoever else has the writes",
    source: "Redis without `min-replicas-to-write`: a master that is cut off takes writes until it is told",
    scope: "bounded",
    rules: &LeaderAcksUnbounded,
    killed_by: Killer::Property("leader acknowledgements bounded"),
    also: &[],
};

impl Rules for LeaderAcksUnbounded {
    fn leader_acks_to(&self, _commit: Index, _max: u32) -> Index {
        Index::LIMIT
    }
}
