//! How far the levels of acknowledgement have got, as a leader knows.
//!
//! A write that waits for its level and a question about one that was acknowledged before are decided by the same
//! watermarks, so that a level means the same whenever it is asked for.

use crate::node::{Node, Role};
use crate::{AckLevel, Branch, Index, Log, REPLICAS, Rules, Store};

/// What a leader knows of its entries' copies, at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Levels {
    /// How far each replica's log is known to be durable and equal to the leader's; its own first.
    copies: [Index; REPLICAS],
    commit: Index,
    /// How far the leader acknowledges what it alone has.
    acknowledged: Index,
}

impl Levels {
    /// Up to which entry `level` is reached.
    pub(crate) fn reached_to<R: Rules + ?Sized>(&self, rules: &R, level: AckLevel) -> Index {
        match level {
            // Durable here, and not too far ahead of what a majority has.
            AckLevel::Leader => {
                rules.took(Branch::WaitsForLeader);
                self.acknowledged
            }
            // In every later leader.
            AckLevel::Quorum => {
                rules.took(Branch::WaitsForQuorum);
                self.commit
            }
            // On every disk; the commit may follow a moment later, if the leader's own epoch is not yet on two.
            AckLevel::All => {
                rules.took(Branch::WaitsForAll);
                let everywhere = self.copies.into_iter().min().expect("there are replicas");
                everywhere.min(self.commit)
            }
        }
    }

    /// On how many replicas the entry at `index` is known to be durable.
    pub(crate) fn copies_of(&self, index: Index) -> u8 {
        self.copies.iter().filter(|copy| **copy >= index).count() as u8
    }
}

impl<L: Log, S: Store> Node<L, S> {
    /// How far the levels have got; `None` if it does not lead.
    pub(crate) fn levels<R: Rules + ?Sized>(&self, rules: &R) -> Option<Levels> {
        let (durable, last, commit) = (self.durable(), self.log.last().index, self.commit);
        let bound = rules.leader_acks_to(commit, self.config.limits.leader_acks_max);
        Some(Levels {
            copies: self.durable_copies(rules)?,
            commit,
            acknowledged: rules.acknowledged_to(durable, last).min(bound),
        })
    }

    /// How far each replica's log is durable, as far as a leader knows; its own first.
    pub(crate) fn durable_copies<R: Rules + ?Sized>(&self, rules: &R) -> Option<[Index; REPLICAS]> {
        let Role::Leader(leadership) = &self.role else {
            rules.took(Branch::NoCopiesAtNoLeader);
            return None;
        };
        let own = rules.own_copy(self.durable(), self.log.last().index);
        let [one, other] = &leadership.progress;
        Some([own, one.matched, other.matched])
    }

    /// Up to which entry `level` is reached, as far as it knows; `None` if it does not lead. For whoever keeps questions
    /// until they may have an answer: what the answer is, [`awaited`](crate::awaited) says.
    pub fn reached_to<R: Rules + ?Sized>(&self, rules: &R, level: AckLevel) -> Option<Index> {
        self.levels(rules).map(|levels| levels.reached_to(rules, level))
    }
}
