//! Numbered writes and registrations where none can be accepted.

use crate::scope::{Disks, Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "retried-refusals",
    words: "A leader stands and knows a client; one numbered write, at most one waiting, two epochs, disks that sync at once, no crash. In \
            every state every replica is sent a new write, the one that it has, and a registration, where it must refuse \
            them: such steps lead back to where they began.",
    limits: Limits {
        uncommitted_max: 1,
        ..Scope::BASE.limits
    },
    disks: Disks::Immediate,
    start: Start::Registered,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum],
    idle: true,
    shows: &["a later epoch's leader serves"],
    ..Scope::BASE
};
