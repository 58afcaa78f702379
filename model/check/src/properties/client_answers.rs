//! The same promises from outside: what a client with a token was really answered, through messages.

use super::Property;
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "client answers",
    words: "no answer that the client actor got misses its acknowledged write",
    source: "read your writes, Terry et al. 1994",
    holds,
    why,
};

fn holds(_: &System, state: &State) -> bool {
    state.client.as_ref().is_none_or(|client| !client.stale)
}

fn why(system: &System, state: &State) -> Option<String> {
    let missed = "an answer that the client got misses the write of its own that was acknowledged before";
    (!holds(system, state)).then(|| missed.into())
}
