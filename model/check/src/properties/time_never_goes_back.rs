//! Time does not go back along a log.

use super::{Property, entry_at};
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{Entry, Index, Log, Op, Payload};

pub(super) const PROPERTY: Property = Property {
    name: "time never goes back",
    words: "along every log, no entry says that it is earlier than an entry before it has said, whoever led and whatever \
            their clocks showed",
    source: "Lamport, Time, Clocks, and the Ordering of Events in a Distributed System, 1978",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    system.scope.ttl.is_none()
        || state
            .replicas
            .iter()
            .all(|replica| goes_back(state, replica).is_none())
}

/// The first entry that says that it is earlier than it was, and that time.
fn goes_back<'a>(state: &'a State, replica: &'a Replica) -> Option<(&'a Entry, u64)> {
    let log = replica.node().log();
    let mut latest_ms = 0;
    let entries = (1..=log.last().index.0).filter_map(|index| entry_at(state, log, Index(index)));
    for entry in entries.filter(|entry| says_time(&entry.payload)) {
        let time_ms = entry.payload.time_ms();
        if time_ms < latest_ms {
            return Some((entry, latest_ms));
        }
        latest_ms = time_ms;
    }
    None
}

fn says_time(payload: &Payload) -> bool {
    let lives = |op: &Op| matches!(op, Op::PutFor { .. });
    matches!(payload, Payload::Expire { .. }) || payload.ops().iter().any(lives)
}

fn why(system: &System, state: &State) -> Option<String> {
    if holds(system, state) {
        return None;
    }
    state.replicas.iter().find_map(|replica| {
        let (entry, latest_ms) = goes_back(state, replica)?;
        let (id, time_ms) = (replica.node().id(), entry.payload.time_ms());
        let at = entry.id;
        Some(format!(
            "in the log of {id}, {at} says that it is {time_ms}, and an entry before it that it is {latest_ms}"
        ))
    })
}
