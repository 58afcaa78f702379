//! An answer includes what the session has seen. Evaluated for every acknowledged write at every replica.

use super::{Property, entry_at, has_applied, session_answer};
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{Bytes, Index, Op, Payload, SessionRead, Store};

pub(super) const PROPERTY: Property = Property {
    name: "read your writes",
    words: "a replica that answers a session has applied the session's write, and answers what the last write of \
            the key before its applied index wrote",
    source: "Terry et al., Session Guarantees for Weakly Consistent Replicated Data, 1994",
    holds,
};

fn holds(system: &System, state: &State) -> bool {
    state.ledger.acks.iter().all(|ack| {
        state.replicas.iter().all(|replica| {
            session_answer(system, replica, ack) != SessionRead::Answer
                || (has_applied(system, state, replica, ack)
                    && replica.node().store().get(system.key()).as_ref() == last_value(state, replica))
        })
    })
}

/// What the last applied write of the log says.
fn last_value<'a>(state: &'a State, replica: &'a Replica) -> Option<&'a Bytes> {
    let node = replica.node();
    let applied = (1..=node.applied().index.0).rev().map(Index);
    let mut entries = applied.filter_map(|index| entry_at(state, node.log(), index));
    entries.find_map(|entry| match &entry.payload {
        Payload::Op(Op::Put { value, .. }) => Some(value),
        Payload::Op(Op::Delete { .. }) | Payload::Barrier => None,
    })
}
