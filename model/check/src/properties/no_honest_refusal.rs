//! The checks on what peers say do not shut out a peer that keeps to the protocol.

use super::Property;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use std::sync::Arc;

pub(super) const PROPERTY: Property = Property {
    name: "no honest refusal",
    words: "no replica refuses a message of an honest peer or its own disk after a crash, or fails an assertion",
    source: "the admission rules",
    holds,
    why,
};

fn holds(_: &System, state: &State) -> bool {
    state
        .replicas
        .iter()
        .all(|replica| !replica.refused() && !replica.disk().damaged())
}

fn why(_: &System, state: &State) -> Option<String> {
    let refuses = |replica: &&Arc<Replica>| replica.refused() || replica.disk().damaged();
    let who = state.replicas.iter().find(refuses)?;
    let id = who.node().id();
    Some(if who.disk().damaged() {
        format!("{id}'s disk holds a record that its own recovery refuses")
    } else {
        format!(
            "{id} has refused what an honest peer said or its own disk held, or has failed an assertion of its own"
        )
    })
}
