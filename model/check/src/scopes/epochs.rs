//! Entries of older epochs.

use crate::scope::{Disks, Scope};
use katakv_core::Limits;

pub(super) const SCOPE: Scope = Scope {
    name: "epochs",
    words: "Five epochs, barriers only, one entry an append, disks that sync at once: Raft's figure 8 needs four \
            leaders in turn, and neither a write nor a crash; the fifth is for good measure. What immediate syncs \
            hide is looked for in the other scopes.",
    disks: Disks::Immediate,
    limits: Limits {
        append_entries_max: 1,
        ..Scope::BASE.limits
    },
    epochs: 5,
    shows: &[
        "a later epoch's leader serves",
        "an older epoch's entry commits under a barrier",
        "logs disagree",
        "entries are truncated",
        "a rejection is answered by a probe",
        "a stale candidate is refused",
    ],
    ..Scope::BASE
};
