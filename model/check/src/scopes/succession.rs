//! Three leaders in turn.

use crate::scope::Scope;
use crate::set::Set;

pub(super) const SCOPE: Scope = Scope {
    name: "succession",
    words: "Three epochs, one write, no crash, records synced one by one: leaders follow each other while the records \
            of their predecessors are still on their way to the disks. A third epoch multiplies the states, \
            so crashes are left to the scopes of two.",
    set: Set::Full,
    epochs: 3,
    writes: 1,
    shows: &[
        "a later epoch's leader serves",
        "two leaders of different epochs",
        "logs disagree",
        "an older epoch's entry commits under a barrier",
        "entries are truncated",
        "a rejection is answered by a probe",
        "a stale candidate is refused",
        "a deposed leader learns of it",
    ],
    ..Scope::BASE
};
