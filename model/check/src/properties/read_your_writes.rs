//! An answer includes what the session has seen. Evaluated for every acknowledged write at every replica.

use super::why::Write;
use super::{Property, applied, has_applied, session_answer};
use crate::oracle::Oracle;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{Bytes, SessionRead, Store};

pub(super) const PROPERTY: Property = Property {
    name: "read your writes",
    words: "a replica that answers a session has applied the session's write, and answers what the last write of \
            the key before its applied index wrote",
    source: "Terry et al., Session Guarantees for Weakly Consistent Replicated Data, 1994",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    state.ledger.acks.iter().all(|ack| {
        state.replicas.iter().all(|replica| {
            session_answer(system, replica, ack) != SessionRead::Answer
                || (has_applied(system, state, replica, ack)
                    && value_of(replica, system.key()) == last_value(state, replica, system.key()))
        })
    })
}

fn value_of(replica: &Replica, key: &Bytes) -> Option<Bytes> {
    replica.node().store().get(key).map(|found| found.value)
}

/// What the last applied write of the key says.
fn last_value(state: &State, replica: &Replica, key: &Bytes) -> Option<Bytes> {
    let (value, _) = Oracle::of(applied(state, replica)).data.remove(key)?;
    Some(value)
}

fn why(system: &System, state: &State) -> Option<String> {
    state.ledger.acks.iter().find_map(|ack| {
        state.replicas.iter().find_map(|replica| {
            let (id, write) = (replica.node().id(), Write(ack));
            if session_answer(system, replica, ack) != SessionRead::Answer {
                None
            } else if !has_applied(system, state, replica, ack) {
                Some(format!(
                    "{id} answers the session that saw {write}, and has not applied it"
                ))
            } else if value_of(replica, system.key()) != last_value(state, replica, system.key()) {
                Some(format!(
                    "{id} answers the session that saw {write}, with another value than was written last"
                ))
            } else {
                None
            }
        })
    })
}
