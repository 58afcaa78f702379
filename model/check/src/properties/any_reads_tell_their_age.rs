//! Whoever takes an answer of any age is told of which, as far as the replica knows. Evaluated at every replica.

use super::Property;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{Log, Reply, Store, any_read};

pub(super) const PROPERTY: Property = Property {
    name: "any reads tell their age",
    words: "a replica that answers a read of any age answers what it has applied, names the entry that it has applied last, and \
            owns up to every later entry in its log; one that is being refilled, and may lack what it had known, does not \
            answer",
    source: "Terry 2013, Replicated Data Consistency Explained Through Baseball: consistent prefix, bounded staleness",
    holds: |system, state| why(system, state).is_none(),
    why,
};

fn why(system: &System, state: &State) -> Option<String> {
    let mut replicas = state.replicas.iter();
    replicas.find_map(|replica| untold(system, replica))
}

/// What the replica does not own up to. That what is applied is committed, the store what it makes, and a member one that
/// counts, others say.
fn untold(system: &System, replica: &Replica) -> Option<String> {
    let (node, key) = (replica.node(), system.key());
    let Reply::AnyValue { value, at, lag, .. } = any_read(system.rules, node, key) else {
        return None;
    };
    let (id, applied, last) = (node.id(), node.applied(), node.log().last());
    if !node.hard().standing.is_member() {
        return Some(format!("{id} answers a read of any age, and is being refilled"));
    }
    if at != applied || value != node.store().get(key).map(|found| found.value) {
        return Some(format!(
            "{id} has applied {applied}, and answers a read as of {at}"
        ));
    }
    (lag < last.index.0 - at.index.0)
        .then(|| format!("{id} answers a read as of {at}, and owns up to {lag} entries though it has {last}"))
}
