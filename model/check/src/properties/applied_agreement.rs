//! One history for all.

use super::{Property, pairs, same_up_to};
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "applied agreement",
    words: "two replicas have applied the same entries, as far as both have applied",
    source: "Raft §5.4.3, state machine safety",
    holds,
};

fn holds(_: &System, state: &State) -> bool {
    pairs(state).all(|(one, other)| {
        let to = one.node().applied().index.min(other.node().applied().index);
        same_up_to(state, one.node().log(), other.node().log(), to)
    })
}
