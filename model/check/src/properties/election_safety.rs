//! At most one leader an epoch.

use super::{Property, pairs};
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::Role;

pub(super) const PROPERTY: Property = Property {
    name: "election safety",
    words: "no two replicas lead in the same epoch",
    source: "Raft §5.2",
    holds,
    why,
};

fn holds(_: &System, state: &State) -> bool {
    pairs(state).all(|(one, other)| !both_lead(one, other))
}

/// Whether both lead in the same epoch.
fn both_lead(one: &Replica, other: &Replica) -> bool {
    let lead = [one, other]
        .iter()
        .all(|replica| matches!(replica.node().role(), Role::Leader(_)));
    lead && one.node().epoch() == other.node().epoch()
}

fn why(_: &System, state: &State) -> Option<String> {
    let both = |(one, other): &(&Replica, &Replica)| both_lead(one, other);
    let (one, other) = pairs(state).find(both)?;
    let (one, other) = (one.node(), other.node());
    Some(format!(
        "{} and {} both lead in epoch {}",
        one.id(),
        other.id(),
        one.epoch().0
    ))
}
