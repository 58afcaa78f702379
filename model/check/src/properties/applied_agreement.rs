//! One history for all.

use super::why::told;
use super::{Property, first_difference, pairs, same_up_to};
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "applied agreement",
    words: "two replicas have applied the same entries, as far as both have applied",
    source: "Raft §5.4.3, state machine safety",
    holds,
    why,
};

fn holds(_: &System, state: &State) -> bool {
    pairs(state).all(|(one, other)| {
        let to = one.node().applied().index.min(other.node().applied().index);
        same_up_to(state, one.node().log(), other.node().log(), to)
    })
}

fn why(_: &System, state: &State) -> Option<String> {
    pairs(state).find_map(|(one, other)| {
        let to = one.node().applied().index.min(other.node().applied().index);
        let at = first_difference(state, one.node().log(), other.node().log(), to)?;
        let (one, other) = (one.node(), other.node());
        Some(format!(
            "at index {at} {} has applied {}, and {} has applied {}",
            one.id(),
            told(state, one.log(), at),
            other.id(),
            told(state, other.log(), at)
        ))
    })
}
