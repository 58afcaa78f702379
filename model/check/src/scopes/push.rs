//! Followers that hear of commits at once, and heartbeats.

use crate::scope::{Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "push",
    words: "The leader tells idle followers of a commit at once, and one heartbeat is sent, around a write at level \
            all and a failover. Further heartbeats repeat what one says; a crash would cost nine times the states \
            to no other end than in the scopes that have one.",
    limits: Limits {
        push_commit: true,
        ..Scope::BASE.limits
    },
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::All],
    heartbeats: 1,
    shows: &[
        "a commit is pushed",
        "a heartbeat tells of a commit",
        "a follower has applied a write",
        "acknowledged at all",
        "a follower answers a session read",
    ],
    ..Scope::BASE
};
