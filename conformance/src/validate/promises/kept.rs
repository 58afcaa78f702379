//! What leaders have acknowledged on their own account, at level `leader`: bounded, and never forgotten.

use super::list::{Broken, Looked, Promise};
use crate::validate::lane::{Lane, Replica};
use crate::validate::place::place;
use katakv_core::{EntryId, Log, REPLICAS, Store};
use std::collections::VecDeque;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Kept {
    /// By whom: those that he has in his log, or in quarantine.
    acknowledged: [Vec<EntryId>; REPLICAS],
    /// Those of the last epoch that are not on a majority of disks, as far as known.
    unreplicated: VecDeque<EntryId>,
}

impl Kept {
    /// A replica has come back. What its disk had is gone if that was lost.
    pub(super) fn came_back(&mut self, node: &Replica) {
        if node.log().last() == EntryId::ZERO {
            self.acknowledged[place(node)].clear();
        }
    }

    /// `node` acknowledges `at`, of which so many copies are durable as `copies` tells.
    pub(super) fn acknowledges(
        &mut self,
        node: &Replica,
        at: EntryId,
        copies: impl Fn(EntryId) -> usize,
        looked: &mut Looked,
    ) -> Result<(), Broken> {
        self.acknowledged[place(node)].push(at);
        while self
            .unreplicated
            .front()
            .is_some_and(|first| first.epoch != at.epoch || copies(*first) > REPLICAS / 2)
        {
            self.unreplicated.pop_front();
        }
        self.unreplicated.push_back(at);
        let count = self
            .unreplicated
            .iter()
            .filter(|at| copies(**at) <= REPLICAS / 2)
            .count();
        let bound = node.config().limits.leader_acks_max as usize;
        looked.keep(Promise::LeaderAcksBounded, count <= bound, || {
            format!("{count} writes are acknowledged at level leader and not on a majority of disks")
        })
    }

    /// The log of `node` has lost its end.
    pub(super) fn truncated(&mut self, node: &Replica, looked: &mut Looked) -> Result<(), Broken> {
        if !node.config().limits.quarantine {
            return Ok(());
        }
        let acknowledged = &mut self.acknowledged[place(node)];
        let lost: Vec<EntryId> = acknowledged
            .extract_if(.., |at| node.log().epoch_at(at.index) != Some(at.epoch))
            .collect();
        for at in lost {
            let kept = node.store().quarantined(at, 1, usize::MAX);
            let is_kept = kept.first().is_some_and(|entry| entry.id == at);
            looked.keep(Promise::LostWritesQuarantined, is_kept, || {
                format!(
                    "{} has acknowledged {at}, and has it neither in its log nor in quarantine",
                    node.id()
                )
            })?;
        }
        Ok(())
    }
}

/// Whether the very entry is on the disk of a replica.
pub(super) fn has_durably(node: &Replica, at: EntryId) -> bool {
    node.durable() >= at.index && node.log().epoch_at(at.index) == Some(at.epoch)
}

/// On how many disks of members it is; those of whom not all is recorded have the benefit of the doubt.
pub(super) fn copies(lanes: &[Option<Lane>; REPLICAS], unsure: [bool; REPLICAS], at: EntryId) -> usize {
    let has = |(lane, unsure): (&Option<Lane>, bool)| {
        unsure
            || lane
                .as_ref()
                .is_some_and(|lane| lane.node.standing().is_member() && has_durably(&lane.node, at))
    };
    lanes.iter().zip(unsure).filter(|pair| has(*pair)).count()
}
