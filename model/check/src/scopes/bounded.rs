//! Acknowledgements at level leader, beyond their bound.

use crate::scope::{Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "bounded",
    words: "A leader stands and may have one un-replicated write acknowledged; two writes at level leader, alone or in one \
            batch, one failover, no crash: the second waits for the first to commit, or its leader is replaced. A crash \
            takes back no acknowledgement and no synced copy, so it adds nothing to a bound that counts those.",
    limits: Limits {
        leader_acks_max: 1,
        ..Scope::BASE.limits
    },
    start: Start::Leading,
    epochs: 2,
    writes: 2,
    batches: &[1, 2],
    levels: &[AckLevel::Leader],
    recovers: true,
    shows: &[
        "acknowledged at leader",
        "a durable write waits for the bound of its level",
        "a write at level leader is acknowledged when another commits",
        "entries are truncated",
        "a session is told LOST",
    ],
    ..Scope::BASE
};
