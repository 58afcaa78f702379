//! A leader does not pile up expiries.

use super::Property;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{EntryId, Payload};

pub(super) const PROPERTY: Property = Property {
    name: "one expiry at a time",
    words: "of what a leader has appended and not applied, one entry at most lets keys expire: so one that is cut off does not go \
            on appending for as long as its clock runs",
    source: "bounded memory; etcd's lessor hands out expired leases at a bounded rate",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    system.scope.ttl.is_none() || state.replicas.iter().all(|replica| second(replica).is_none())
}

/// The second expiry that a leader has under way.
fn second(replica: &Replica) -> Option<EntryId> {
    let node = replica.node();
    let own = |id: EntryId| id.epoch == node.epoch() && id.index > node.applied().index;
    let entries = node.log().all().iter();
    let mut under_way = entries.filter(|entry| {
        let expires = matches!(entry.payload, Payload::Expire { .. });
        expires && own(entry.id)
    });
    under_way.nth(1).map(|entry| entry.id)
}

fn why(system: &System, state: &State) -> Option<String> {
    if holds(system, state) {
        return None;
    }
    state.replicas.iter().find_map(|replica| {
        let (second, id) = (second(replica)?, replica.node().id());
        Some(format!(
            "{id} has {second} under way, which lets keys expire, and another one before it"
        ))
    })
}
