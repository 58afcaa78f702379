//! What `leader` means.

use super::why::Write;
use super::{Property, holds_write};
use crate::ledger::Ack;
use crate::state::State;
use crate::system::System;
use katakv_core::AckLevel;

pub(super) const PROPERTY: Property = Property {
    name: "leader acknowledgements durable",
    words: "a write acknowledged at level leader is on the synced disk of the replica that acknowledged it, unless \
            that disk has durably moved to a later epoch, or is lost",
    source: "the meaning of the levels",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    let promised = state
        .ledger
        .acks
        .iter()
        .filter(|ack| ack.level == AckLevel::Leader);
    promised.into_iter().all(|ack| is_kept(system, state, ack))
}

fn is_kept(system: &System, state: &State, ack: &Ack) -> bool {
    let disk = state.replica(ack.node).disk();
    state.ledger.has_lost(ack.node)
        || disk.hard().epoch > ack.at.epoch
        || holds_write(system, state, disk.log(), ack)
}

fn why(system: &System, state: &State) -> Option<String> {
    let promised = state
        .ledger
        .acks
        .iter()
        .filter(|ack| ack.level == AckLevel::Leader);
    let broken = promised.into_iter().find(|ack| !is_kept(system, state, ack))?;
    Some(format!(
        "{} was acknowledged by {} at level leader, and is not on that replica's synced disk: a crash would lose it",
        Write(broken),
        broken.node
    ))
}
