//! How much a failover can cost those who asked for level `leader`.

use super::{Property, holds_write};
use crate::ledger::Ack;
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, REPLICAS};

pub(super) const PROPERTY: Property = Property {
    name: "leader acknowledgements bounded",
    words: "of the writes that a leader has acknowledged at level leader, at most leader_acks_max are not on a majority \
            of synced disks: a failover truncates no more",
    source: "the meaning of the levels",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    let unreplicated = |ack: &&Ack| ack.level == AckLevel::Leader && !is_replicated(system, state, ack);
    state.ledger.acks.iter().filter(unreplicated).all(|ack| {
        let of_its_leader = state
            .ledger
            .acks
            .iter()
            .filter(|other| other.at.epoch == ack.at.epoch);
        of_its_leader.filter(unreplicated).count() <= system.scope.limits.leader_acks_max as usize
    })
}

fn is_replicated(system: &System, state: &State, ack: &Ack) -> bool {
    let copies = state
        .replicas
        .iter()
        .filter(|replica| holds_write(system, state, replica.disk().log(), ack));
    copies.count() > REPLICAS / 2
}

fn why(system: &System, state: &State) -> Option<String> {
    let bound = system.scope.limits.leader_acks_max;
    (!holds(system, state)).then(|| {
        format!(
            "more writes than {bound} are acknowledged at level leader by one leader and not on a majority of disks: a failover \
             would lose them all"
        )
    })
}
