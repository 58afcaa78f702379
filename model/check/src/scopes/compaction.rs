//! A log is compacted, and its leader is replaced.

use crate::scope::{Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "compaction",
    words: "A leader stands, one write at level leader or quorum, two epochs, one compaction at any moment, no crash: every \
            question that a session, a leader or a follower can ask about entries that are gone, and a follower that is \
            sent the state because it lacks them.",
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum],
    compactions: 1,
    recovers: true,
    shows: &[
        "a session is answered about a compacted entry",
        "a session is told LOST about a compacted entry",
        "a follower takes a leader's state",
        "a leader's state waits for the disk",
    ],
    ..Scope::BASE
};
