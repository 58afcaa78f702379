//! The same promises from outside: what a client with a token was really answered, through messages.

use super::Property;
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "client answers",
    words: "no answer that the client actor got misses its acknowledged write",
    source: "read your writes, Terry et al. 1994",
    holds,
};

fn holds(_: &System, state: &State) -> bool {
    state.client.as_ref().is_none_or(|client| !client.stale)
}
