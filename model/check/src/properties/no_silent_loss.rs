//! What is lost is said to be lost, and nothing else is. Evaluated for every acknowledged write at every replica.

use super::why::Write;
use super::{Property, has_applied, session_answer};
use crate::ledger::Ack;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::SessionRead;
use std::sync::Arc;

pub(super) const PROPERTY: Property = Property {
    name: "no silent loss",
    words: "a replica whose committed log has passed a session's place without its write says LOST, and LOST is \
            never said of a write that any replica has applied",
    source: "the meaning of a session token",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    state.ledger.acks.iter().all(|ack| {
        let applied_somewhere = || {
            state
                .replicas
                .iter()
                .any(|replica| has_applied(system, state, replica, ack))
        };
        state.replicas.iter().all(|replica| {
            let says_lost = matches!(session_answer(system, replica, ack), SessionRead::Lost(_));
            if says_lost {
                !applied_somewhere()
            } else {
                !is_gone(system, state, replica, ack)
            }
        })
    })
}

/// Whether the replica can tell that the write will never be in its committed log.
fn is_gone(system: &System, state: &State, replica: &Replica, ack: &Ack) -> bool {
    let applied = replica.node().applied();
    let passed = applied.index >= ack.at.index || applied.epoch > ack.at.epoch;
    passed && !has_applied(system, state, replica, ack)
}

fn why(system: &System, state: &State) -> Option<String> {
    state.ledger.acks.iter().find_map(|ack| {
        state.replicas.iter().find_map(|replica| {
            let (id, write) = (replica.node().id(), Write(ack));
            let says_lost = matches!(session_answer(system, replica, ack), SessionRead::Lost(_));
            let applied = |other: &&Arc<Replica>| has_applied(system, state, other, ack);
            match state.replicas.iter().find(applied) {
                Some(other) if says_lost => {
                    let other = other.node().id();
                    Some(format!("{id} says that {write} is LOST, and {other} has applied it"))
                }
                _ if !says_lost && is_gone(system, state, replica, ack) => Some(format!(
                    "{id} has passed the place of {write} without it, and does not say LOST to the session that saw it"
                )),
                _ => None,
            }
        })
    })
}
