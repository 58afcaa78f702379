//! Batches, and a window of two.

use crate::network::NetworkKind;
use crate::scope::{Scope, Start};
use crate::set::Set;
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "pipeline",
    words: "TCP's order, a window of two, two writes alone or in one batch at any level, one crash that breaks the \
            connections to the crashed node, two epochs: spans in flight, lost spans, rejections and probes. On an \
            unordered network a window of two multiplies rejections without teaching anything new about the rules.",
    set: Set::Full,
    network: NetworkKind::Ordered,
    limits: Limits {
        window: 2,
        ..Scope::BASE.limits
    },
    start: Start::Leading,
    epochs: 2,
    writes: 2,
    batches: &[1, 2],
    levels: &[AckLevel::Leader, AckLevel::Quorum, AckLevel::All],
    crashes: 1,
    shows: &[
        "two spans are in flight",
        "an append carries two entries",
        "a rejection is answered by a probe",
        "entries are truncated",
        "a session is told LOST",
        "a session is told NotCaughtUp",
        "a write is acknowledged at quorum and its leader is gone",
    ],
    ..Scope::BASE
};
