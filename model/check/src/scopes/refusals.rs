//! Every question to every replica, at any moment.

use crate::scope::{Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "refusals",
    words: "A leader stands, one write at any level and one linearizable read, at most one of either waiting, two epochs, no crash. In \
            every state every replica is asked for what it cannot do, and by sessions and for the fate of the write; late \
            timers fire. Such steps lead back to where they began, and a crash adds no role that a replica could refuse in.",
    limits: Limits {
        uncommitted_max: 1,
        reads_waiting_max: 1,
        ..Scope::BASE.limits
    },
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum, AckLevel::All],
    reads: 1,
    idle: true,
    shows: &["a write finds too many waiting", "a read finds too many waiting"],
    ..Scope::BASE
};
