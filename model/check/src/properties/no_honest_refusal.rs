//! The checks on what peers say do not shut out a peer that keeps to the protocol.

use super::Property;
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "no honest refusal",
    words: "no replica refuses a message of an honest peer or its own disk after a crash, or fails an assertion",
    source: "the admission rules",
    holds,
};

fn holds(_: &System, state: &State) -> bool {
    state
        .replicas
        .iter()
        .all(|replica| !replica.refused() && !replica.disk().damaged())
}
