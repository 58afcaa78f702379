//! Whoever awaits a level of a write is told of that write, and of that level. Evaluated for every acknowledged write and every level
//! at every leader, whatever level the write was acknowledged at. Whether the leader is right in what it knows, the properties about
//! acknowledgements and fates say.

use super::Property;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, EntryId, Index, Log, Reply, Role, awaited};

pub(super) const PROPERTY: Property = Property {
    name: "awaited levels hold",
    words: "a leader says that an entry has reached a level only if it has that very entry, and knows it to be committed for quorum and, for \
            all, on both followers, too; that it is lost only if another epoch owns its place in what it has committed; that it is not yet \
            on a quorum of nothing that it has committed",
    source: "the meaning of the levels; Raft §5.4.2, figure 8, for what decides a place",
    holds: |system, state| why(system, state).is_none(),
    why,
};

const LEVELS: [AckLevel; 3] = [AckLevel::Leader, AckLevel::Quorum, AckLevel::All];

fn why(system: &System, state: &State) -> Option<String> {
    let leads = |replica: &&Replica| matches!(replica.node().role(), Role::Leader(_));
    let mut leaders = state.replicas.iter().map(|replica| &**replica).filter(leads);
    leaders.find_map(|leader| {
        let mut acks = state.ledger.acks.iter();
        acks.find_map(|ack| {
            let mut levels = LEVELS.into_iter();
            levels.find_map(|level| untrue(system, leader, ack.at, level))
        })
    })
}

/// What the leader says falsely of `level` of the entry `at`.
fn untrue(system: &System, leader: &Replica, at: EntryId, level: AckLevel) -> Option<String> {
    let node = leader.node();
    let id = node.id();
    match awaited(system.rules, node, at, level) {
        Reply::Written { .. } if !has(leader, at) => Some(format!(
            "{id} says that {at} has reached level {level}, and does not have it"
        )),
        Reply::Written { .. } => (at.index > reached_to(leader, level)).then(|| {
            format!(
                "{id} says that {at} has reached level {level}, of which it knows to {}",
                reached_to(leader, level)
            )
        }),
        Reply::Lost(_) => (!is_another_ones(leader, at)).then(|| {
            format!(
                "{id} says that {at} is lost, and has committed to {} only",
                node.commit()
            )
        }),
        _ => (level == AckLevel::Quorum && has(leader, at) && at.index <= node.commit())
            .then(|| format!("{id} says that {at} is not on a quorum yet, and has committed it")),
    }
}

/// Whether the leader has the very entry.
fn has(leader: &Replica, at: EntryId) -> bool {
    leader.node().log().epoch_at(at.index) == Some(at.epoch)
}

/// Whether another epoch owns the place in what the leader has committed, or will: epochs never decrease along a log.
fn is_another_ones(leader: &Replica, at: EntryId) -> bool {
    let node = leader.node();
    let owner = |index| node.log().epoch_at(index);
    match node.commit() >= at.index {
        true => owner(at.index) != Some(at.epoch),
        false => owner(node.commit()) > Some(at.epoch),
    }
}

/// How far the leader itself knows a level to be reached.
fn reached_to(leader: &Replica, level: AckLevel) -> Index {
    let node = leader.node();
    let Role::Leader(leadership) = node.role() else {
        return Index::ZERO;
    };
    let [one, other] = &leadership.progress;
    match level {
        AckLevel::Leader => node.log().last().index,
        AckLevel::Quorum => node.commit(),
        AckLevel::All => node.commit().min(one.matched).min(other.matched),
    }
}
