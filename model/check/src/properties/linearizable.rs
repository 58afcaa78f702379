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
    why,
};

fn holds(_: &System, state: &State) -> bool {
    state
        .ledger
        .history
        .as_ref()
        .is_none_or(|history| history.linearizable)
}

fn why(system: &System, state: &State) -> Option<String> {
    let none = "no order of the writes and reads that keeps to their times explains the last answer: it misses a write \
                that had ended, or is older than an answer before";
    (!holds(system, state)).then(|| none.into())
}
