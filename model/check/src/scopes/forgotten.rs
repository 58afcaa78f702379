//! There is room for one client, and another one registers.

use crate::scope::{Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "forgotten",
    words: "A leader stands and knows a client, and has room for no other; one numbered write, one attempt more, one \
            registration that takes the client's place, one failover: the retry comes before and after, at a leader that has \
            the registration and at one that has not.",
    start: Start::Registered,
    limits: Limits {
        clients_max: 1,
        ..Scope::BASE.limits
    },
    epochs: 2,
    writes: 1,
    retries: 1,
    registrations: 1,
    levels: &[AckLevel::Leader],
    shows: &[
        "a client is not known any more",
        "what was truncated is carried out anew",
    ],
    ..Scope::BASE
};
