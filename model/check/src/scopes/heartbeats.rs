//! Heartbeats to logs that have parted.

use crate::scope::{Disks, Scope};

pub(super) const SCOPE: Scope = Scope {
    name: "heartbeats",
    words: "Three epochs, barriers only, one heartbeat, disks that sync at once: what a follower whose log has parted from \
            its leader's makes of an append of nothing, and what a third leader makes of that.",
    disks: Disks::Immediate,
    epochs: 3,
    heartbeats: 1,
    shows: &[
        "logs disagree",
        "entries are truncated",
        "two leaders of different epochs",
    ],
    ..Scope::BASE
};
