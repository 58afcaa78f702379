//! What `quorum` and `all` mean.

use super::{Property, holds_write};
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, REPLICAS, Role};

pub(super) const PROPERTY: Property = Property {
    name: "quorum acknowledgements kept",
    words: "a write acknowledged at level quorum is on two synced disks, at level all on three, in every later \
            state, and every leader of the same or a later epoch holds it",
    source: "Raft §5.4.3; the meaning of the levels",
    holds,
};

fn holds(system: &System, state: &State) -> bool {
    let promised = state
        .ledger
        .acks
        .iter()
        .filter(|ack| ack.level != AckLevel::Leader);
    promised.into_iter().all(|ack| {
        let copies = state
            .replicas
            .iter()
            .filter(|replica| holds_write(system, state, replica.disk().log(), ack))
            .count();
        let enough = match ack.level {
            AckLevel::All => REPLICAS,
            AckLevel::Quorum | AckLevel::Leader => REPLICAS / 2 + 1,
        };
        let leaders_have_it = state
            .replicas
            .iter()
            .map(|replica| replica.node())
            .filter(|node| matches!(node.role(), Role::Leader(_)) && node.epoch() >= ack.at.epoch)
            .all(|leader| holds_write(system, state, leader.log(), ack));
        copies >= enough && leaders_have_it
    })
}
