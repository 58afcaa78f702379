//! A failover small enough to be replayed on real nodes, edge by edge.

use crate::scope::{Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "takeover",
    words: "A leader stands, one write at any level, two epochs, no crash: every way in which one leader takes over from \
            another, who is deposed, truncates and follows. It is small enough to be replayed edge by edge; crashes at \
            every step of it are in the scope `main`.",
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum, AckLevel::All],
    recovers: true,
    shows: &[
        "a later epoch's leader serves",
        "two leaders of different epochs",
        "logs disagree",
        "entries are truncated",
        "a rejection is answered by a probe",
        "a session is told LOST",
        "a deposed leader learns of it",
    ],
    ..Scope::BASE
};
