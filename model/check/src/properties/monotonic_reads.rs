//! What a session reads never gets older, whichever replica answers.

use super::Property;
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "monotonic reads",
    words: "no answer that the client actor got is older than an answer before: neither its position, nor its value",
    source: "monotonic reads, Terry et al. 1994",
    holds,
    why,
};

fn holds(_: &System, state: &State) -> bool {
    state.client.as_ref().is_none_or(|client| !client.went_back)
}

fn why(system: &System, state: &State) -> Option<String> {
    let older = "an answer that the client got is older than one that it had got before";
    (!holds(system, state)).then(|| older.into())
}
