//! One entry in common, everything before it in common. Tokens rest on it: an epoch and an index name an entry.

use super::why::told;
use super::{Property, pairs};
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "log matching",
    words: "two logs that hold an entry of the same epoch at the same index are equal up to there",
    source: "Raft §5.3",
    holds,
    why,
};

fn holds(_: &System, state: &State) -> bool {
    pairs(state).all(|(one, other)| {
        let (one, other) = (one.node().log().all(), other.node().log().all());
        let in_common = one
            .iter()
            .zip(other)
            .rposition(|(one, other)| one.id == other.id)
            .map_or(0, |place| place + 1);
        one[..in_common] == other[..in_common]
    })
}

fn why(_: &System, state: &State) -> Option<String> {
    pairs(state).find_map(|(one, other)| {
        let (one, other) = (one.node(), other.node());
        let entries = || one.log().all().iter().zip(other.log().all());
        let in_common = entries().rposition(|(one, other)| one.id == other.id)?;
        let (differs, _) = entries().take(in_common + 1).find(|(one, other)| one != other)?;
        let at = differs.id.index;
        Some(format!(
            "{} and {} both hold {}, but at index {at} the one has {} and the other {}",
            one.id(),
            other.id(),
            one.log().all()[in_common].id,
            told(state, one.log(), at),
            told(state, other.log(), at)
        ))
    })
}
