//! What `quorum` and `all` mean.

use super::why::Write;
use super::{Property, holds_write};
use crate::ledger::Ack;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, MemLog, MemStore, Node, REPLICAS, Role};
use std::sync::Arc;

pub(super) const PROPERTY: Property = Property {
    name: "quorum acknowledgements kept",
    words: "a write acknowledged at level quorum is on two synced disks, at level all on three, in every later \
            state, one less while a replica that has lost its disk is not a member again; and every leader of the same or a \
            later epoch holds it",
    source: "Raft §5.4.3; the meaning of the levels",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    let promised = state
        .ledger
        .acks
        .iter()
        .filter(|ack| ack.level != AckLevel::Leader);
    promised.into_iter().all(|ack| {
        copies(system, state, ack) >= copies_promised(state, ack.level)
            && leaders_since(state, ack).all(|leader| holds_write(system, state, leader.log(), ack))
    })
}

/// On how many synced disks the write is.
fn copies(system: &System, state: &State, ack: &Ack) -> usize {
    let holds = |replica: &&Arc<Replica>| holds_write(system, state, replica.disk().log(), ack);
    state.replicas.iter().filter(holds).count()
}

/// On how many it must be. A lost disk takes one copy, until its replica has all that was there.
fn copies_promised(state: &State, level: AckLevel) -> usize {
    let copies = match level {
        AckLevel::All => REPLICAS,
        AckLevel::Quorum | AckLevel::Leader => REPLICAS / 2 + 1,
    };
    copies - state.ledger.lacking.count_ones() as usize
}

/// Whoever leads in the epoch of the write or in a later one.
fn leaders_since<'a>(state: &'a State, ack: &'a Ack) -> impl Iterator<Item = &'a Node<MemLog, MemStore>> {
    let nodes = state.replicas.iter().map(|replica| replica.node());
    nodes.filter(|node| matches!(node.role(), Role::Leader(_)) && node.epoch() >= ack.at.epoch)
}

fn why(system: &System, state: &State) -> Option<String> {
    let promised = state
        .ledger
        .acks
        .iter()
        .filter(|ack| ack.level != AckLevel::Leader);
    promised.into_iter().find_map(|ack| {
        let (write, level) = (Write(ack), ack.level);
        let copies = copies(system, state, ack);
        if copies < copies_promised(state, level) {
            return Some(format!(
                "{write} was acknowledged at level {level}, and is on {copies} of 3 synced disks"
            ));
        }
        let without =
            leaders_since(state, ack).find(|leader| !holds_write(system, state, leader.log(), ack))?;
        Some(format!(
            "{write} was acknowledged at level {level}, and {} leads epoch {} without it",
            without.id(),
            without.epoch().0
        ))
    })
}
