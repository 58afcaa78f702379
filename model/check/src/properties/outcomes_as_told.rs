//! A client that makes a condition is told what became of it, for good.

use super::{Property, applied};
use crate::oracle::Oracle;
use crate::state::State;
use crate::system::System;
use katakv_core::{EntryId, Log};

pub(super) const PROPERTY: Property = Property {
    name: "outcomes as told",
    words: "whoever is told that a transaction was done, or of the version that stood against it, finds it so at every \
            replica that has applied as far, whatever the level",
    source: "linearizable compare-and-swap, Herlihy 1991; Raft §8",
    holds,
    why,
};

fn holds(_: &System, state: &State) -> bool {
    let ledger = &state.ledger;
    if ledger.transactions.is_empty() {
        return true;
    }
    state.replicas.iter().all(|replica| {
        let node = replica.node();
        let oracle = Oracle::of(applied(state, replica));
        let has_got_to = |at: EntryId| node.applied().index >= at.index;
        let holds = |at: EntryId| node.log().epoch_at(at.index) == Some(at.epoch);
        let done = ledger
            .acks
            .iter()
            .filter(|ack| ledger.transactions.contains(&ack.write) && has_got_to(ack.at))
            .all(|ack| holds(ack.at) && !oracle.conflicts.contains_key(&ack.at));
        let refused = ledger
            .conflicts
            .iter()
            .filter(|conflict| has_got_to(conflict.at))
            .all(|conflict| oracle.conflicts.get(&conflict.at) == Some(&conflict.version));
        done && refused
    })
}

fn why(system: &System, state: &State) -> Option<String> {
    let otherwise =
        "a client was told what became of its transaction, and a replica that has applied it finds otherwise";
    (!holds(system, state)).then(|| otherwise.into())
}
