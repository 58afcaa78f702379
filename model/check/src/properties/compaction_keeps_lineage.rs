//! A session does not notice that a log was compacted. Evaluated for every acknowledged write at every replica.

use super::Property;
use super::why::{Write, answer};
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{Index, Log, MemLog, session_read};

pub(super) const PROPERTY: Property = Property {
    name: "compaction keeps the lineage",
    words: "a replica whose log is compacted says of every acknowledged write, to the letter, what it would say if it \
            had the whole log: an answer, NotCaughtUp, or LOST with the same range",
    source: "the meaning of a session token",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    let compacted = |replica: &&Replica| replica.node().log().compacted().index > Index::ZERO;
    let replicas = state.replicas.iter().map(|replica| &**replica);
    replicas.filter(compacted).all(|replica| {
        let (node, whole) = (replica.node(), whole(state, replica.node().log()));
        state.ledger.acks.iter().all(|ack| {
            session_read(system.rules, node.log(), node.applied(), ack.at)
                == session_read(system.rules, &whole, node.applied(), ack.at)
        })
    })
}

/// The log as it would be if nothing had ever been dropped.
fn whole(state: &State, log: &MemLog) -> MemLog {
    let compacted = log.compacted().index.0 as usize;
    let mut whole = MemLog::default();
    for entry in state.ledger.dropped.iter().take(compacted).chain(log.all()) {
        whole.append(entry.clone());
    }
    whole
}

fn why(system: &System, state: &State) -> Option<String> {
    state.replicas.iter().find_map(|replica| {
        let (node, whole) = (replica.node(), whole(state, replica.node().log()));
        state.ledger.acks.iter().find_map(|ack| {
            let says = session_read(system.rules, node.log(), node.applied(), ack.at);
            let would = session_read(system.rules, &whole, node.applied(), ack.at);
            let write = Write(ack);
            (says != would).then(|| {
                format!(
                    "asked by the session of {write}, {} says {}; with its whole log it would say {}",
                    node.id(),
                    answer(says),
                    answer(would)
                )
            })
        })
    })
}
