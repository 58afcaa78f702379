//! Linearizable reads around a failover.

use crate::scope::{Scope, Start};

pub(super) const SCOPE: Scope = Scope {
    name: "reads",
    words: "A leader stands; a write, a linearizable read and a failover: the read arrives before, while or after a \
            leader is replaced.",
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    reads: 1,
    shows: &[
        "every linearizable read is answered",
        "a read waits at a leader that is replaced",
        "a confirmed read waits for its leader's disk",
    ],
    ..Scope::BASE
};
