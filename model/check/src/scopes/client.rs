//! A client that can only go by what it is told.

use crate::client::Script;
use crate::scope::{Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "client",
    words: "A client actor with a token writes through messages, then reads twice, each at any replica, across one \
            crash and one failover. The invariants about tokens are evaluated in every scope; this one shows that \
            what a client really hears agrees with them. It writes at level leader, the one that can be lost.",
    start: Start::Leading,
    epochs: 2,
    client: Some(Script {
        write: Some(AckLevel::Leader),
        reads: 2,
    }),
    crashes: 1,
    shows: &[
        "the client is answered by a session read",
        "the client is told LOST",
        "a follower answers a session read",
        "a session is told NotCaughtUp",
    ],
    ..Scope::BASE
};
