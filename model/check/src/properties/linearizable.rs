//! Writes and linearizable reads are as if each had happened at one moment.

use super::Property;
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "linearizable",
    words: "writes acknowledged at quorum or all, and linearizable reads, can be put into one order that explains every \
            answer, and in which what had ended comes before what began later",
    source: "Herlihy and Wing, Linearizability, 1990; decided by Stateright's LinearizabilityTester",
    holds,
};

fn holds(_: &System, state: &State) -> bool {
    state
        .ledger
        .history
        .as_ref()
        .is_none_or(|history| history.linearizable)
}
