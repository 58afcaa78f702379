//! What `leader` means.

use super::{Property, holds_write};
use crate::state::State;
use crate::system::System;
use katakv_core::AckLevel;

pub(super) const PROPERTY: Property = Property {
    name: "leader acknowledgements durable",
    words: "a write acknowledged at level leader is on the synced disk of the replica that acknowledged it, unless \
            that disk has durably moved to a later epoch",
    source: "the meaning of the levels",
    holds,
};

fn holds(system: &System, state: &State) -> bool {
    let promised = state
        .ledger
        .acks
        .iter()
        .filter(|ack| ack.level == AckLevel::Leader);
    promised.into_iter().all(|ack| {
        let disk = state.replica(ack.node).disk();
        disk.hard().epoch > ack.at.epoch || holds_write(system, state, disk.log(), ack)
    })
}
