//! Whoever awaits a level of a write is told of that write, and of that level. Evaluated for every acknowledged write and every level
//! at every leader, whatever level the write was acknowledged at.

use super::Property;
use super::fate_tells_the_truth::{is_promised, nobody_can_commit};
use super::quorum_acks_kept::copies_promised;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, EntryId, Log, Reply, Role, awaited};

pub(super) const PROPERTY: Property = Property {
    name: "awaited levels hold",
    words: "a leader says that an entry has reached a level only if that very entry is on as many synced disks as the level \
            promises, and committed here if it is more than the leader's own; that it is lost only if whoever holds it can \
            win no election; that it is not yet on a quorum of nothing that the leader has committed",
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
        Reply::Written { .. } => {
            if level == AckLevel::Leader {
                return (!on_disk(leader, at)).then(|| {
                    format!("{id} says that {at} has reached level {level}, and it is not on its disk")
                });
            }
            let disks = state
                .replicas
                .iter()
                .filter(|replica| on_disk(replica, at))
                .count();
            let enough = copies_promised(state, level);
            let kept = is_committed(leader, at) && disks >= enough;
            (!kept).then(|| {
                format!("{id} says that {at} has reached level {level}, and it is on {disks} synced disks of {enough}")
            })
        }
        Reply::Lost(_) if is_promised(state, at) => Some(format!(
            "{id} says that {at} is lost, which was acknowledged as kept for good"
        )),
        Reply::Lost(_) => (!nobody_can_commit(state, at)).then(|| {
            format!("{id} says that {at} is lost, but who holds it can still be elected and commit it")
        }),
        _ => (level == AckLevel::Quorum && is_committed(leader, at))
            .then(|| format!("{id} says that {at} is not on a quorum yet, and has committed it")),
    }
}

fn on_disk(replica: &Replica, at: EntryId) -> bool {
    replica.disk().log().epoch_at(at.index) == Some(at.epoch)
}

fn is_committed(leader: &Replica, at: EntryId) -> bool {
    let node = leader.node();
    at.index <= node.commit() && node.log().epoch_at(at.index) == Some(at.epoch)
}
