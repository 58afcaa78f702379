//! However often a write is sent, it is carried out once.

use super::{Property, entry_at};
use crate::replica::Replica;
use crate::scope::Start;
use crate::state::State;
use crate::system::System;
use katakv_core::{Entry, EntryId, Index, Log, Payload};

pub(super) const PROPERTY: Property = Property {
    name: "exactly once",
    words: "no log holds a client's write twice, so nothing that is applied has changed the data twice",
    source: "Lee et al., Implementing Linearizability at Large Scale and Low Latency (RIFL), 2015",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    system.scope.start != Start::Registered
        || state
            .replicas
            .iter()
            .all(|replica| twice(state, replica).is_none())
}

/// A write that a log holds twice.
fn twice(state: &State, replica: &Replica) -> Option<(EntryId, u64)> {
    let mut origins: Vec<_> = origins(state, replica).collect();
    origins.sort();
    let twice = origins.windows(2).find(|pair| pair[0] == pair[1])?;
    Some(twice[0])
}

fn why(_: &System, state: &State) -> Option<String> {
    state.replicas.iter().find_map(|replica| {
        let (client, seq) = twice(state, replica)?;
        let id = replica.node().id();
        Some(format!(
            "the log of {id} holds write {seq} of client {client} twice"
        ))
    })
}

/// Client and number of each numbered write in the log, the dropped ones among them.
fn origins<'a>(state: &'a State, replica: &'a Replica) -> impl Iterator<Item = (EntryId, u64)> {
    let log = replica.node().log();
    let entries = (1..=log.last().index.0).filter_map(|index| entry_at(state, log, Index(index)));
    entries.filter_map(origin)
}

/// Client and number of a numbered write.
pub(super) fn origin(entry: &Entry) -> Option<(EntryId, u64)> {
    match &entry.payload {
        Payload::Once(once) => Some((once.origin.client, once.origin.seq)),
        _ => None,
    }
}
