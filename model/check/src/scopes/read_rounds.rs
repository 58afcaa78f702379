//! Two rounds, and answers to them that are late.

use crate::scope::{Disks, Scope, Start};

pub(super) const SCOPE: Scope = Scope {
    name: "read-rounds",
    words: "A leader stands; a write and two linearizable reads around a failover: an answer to the first round must \
            not confirm the second read. Disks sync at once: rounds promise nothing about them.",
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    reads: 2,
    shows: &[
        "every linearizable read is answered",
        "a read waits at a leader that is replaced",
        "reads wait for different rounds",
    ],
    ..Scope::BASE
};
