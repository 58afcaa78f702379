//! One entry in common, everything before it in common. Tokens rest on it: an epoch and an index name an entry.

use super::{Property, pairs};
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "log matching",
    words: "two logs that hold an entry of the same epoch at the same index are equal up to there",
    source: "Raft §5.3",
    holds,
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
