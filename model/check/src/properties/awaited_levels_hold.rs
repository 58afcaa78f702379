//! Whoever awaits a level of a write is told of that write, and of that level. Evaluated for every acknowledged write and every level
//! at every leader, whatever level the write was acknowledged at.

use super::Property;
use super::fate_tells_the_truth::{is_promised, nobody_can_commit};
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, EntryId, Index, Log, Reply, Role, awaited};

pub(super) const PROPERTY: Property = Property {
    name: "awaited levels hold",
    words: "a leader says that an entry has reached a level only if it has that very entry, and knows it to be committed for quorum and, for \
            all, on both followers, too; that it is lost only if whoever holds it can win no election; that it is not yet on a quorum \
            of nothing that it has committed",
    source: "the meaning of the levels; Raft §5.4.1 for who can win",
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
            levels.find_map(|level| untrue(system, state, leader, ack.at, level))
        })
    })
}

/// What the leader says falsely of `level` of the entry `at`.
fn untrue(system: &System, state: &State, leader: &Replica, at: EntryId, level: AckLevel) -> Option<String> {
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
        Reply::Lost(_) if is_promised(state, at) => Some(format!(
            "{id} says that {at} is lost, which was acknowledged as kept for good"
        )),
        Reply::Lost(_) => (!nobody_can_commit(state, at)).then(|| {
            format!("{id} says that {at} is lost, but who holds it can still be elected and commit it")
        }),
        _ => (level == AckLevel::Quorum && has(leader, at) && at.index <= node.commit())
            .then(|| format!("{id} says that {at} is not on a quorum yet, and has committed it")),
    }
}

/// Whether the leader has the very entry.
fn has(leader: &Replica, at: EntryId) -> bool {
    leader.node().log().epoch_at(at.index) == Some(at.epoch)
}

/// How far the leader itself knows a level to be reached. Whether it may think so is what the properties about acknowledgements
/// look at.
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
