//! A client that asks through a router, which is told late who leads, and forgets.

use crate::client::Script;
use crate::scope::{Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "router",
    words: "A client actor with a token writes and then reads, through a router that hears the results of two elections late, \
            again, in any order or never, and forgets all it knows once, at any moment. A write goes to whom it believes to \
            lead, and what a replica refuses is sent again; a read goes to any replica. Read your writes is the same promise \
            as without a router, and the same properties hold it: the token is with the client alone.",
    start: Start::Leading,
    epochs: 2,
    client: Some(Script {
        write: Some(AckLevel::Leader),
        reads: 1,
    }),
    router: Some(1),
    shows: &[
        "a late result is not taken",
        "a write goes to a leader whom the router knows from an answer alone",
        "the router forgets after a put, and the get sees it",
        "the client is told LOST",
        "a session is told NotCaughtUp",
    ],
    ..Scope::BASE
};
