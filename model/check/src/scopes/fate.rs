//! What became of a write, asked of everybody at every moment.

use crate::scope::{Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "fate",
    words: "A leader stands; one write at level leader, three epochs, no crash: a third leader can bring back what the \
            second one's log had overwritten, or go on with what is older than the second one's entries. The fate of \
            every entry, and which levels it has reached, are invariants, so asking costs no states.",
    start: Start::Leading,
    epochs: 3,
    writes: 1,
    levels: &[AckLevel::Leader],
    shows: &[
        "a write's fate is told as committed",
        "a write's fate is told as truncated",
        "a write's fate is told as unknown",
        "an entry is truncated in favour of an older one",
        "a write that its leader alone had reaches every disk",
        "a write on a quorum is awaited on all disks",
        "a write whose level is awaited is lost",
    ],
    ..Scope::BASE
};
