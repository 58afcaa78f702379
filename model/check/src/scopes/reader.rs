//! A client that only reads what another one writes.

use crate::client::Script;
use crate::scope::{Scope, Start};

pub(super) const SCOPE: Scope = Scope {
    name: "reader",
    words: "A client actor with a token reads three times, each at any replica, while another client's one write reaches one \
            replica after the other: what it has read once it must not miss later. It needs no failover: replicas apply at \
            their own pace.",
    start: Start::Leading,
    writes: 1,
    heartbeats: 1,
    client: Some(Script {
        write: None,
        reads: 3,
    }),
    shows: &[
        "the client reads another one's write twice",
        "a session is told NotCaughtUp",
    ],
    ..Scope::BASE
};
