//! A write in conflict is sent again when there is none any more.

use crate::scope::{Disks, Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "retried-conflict",
    words: "A leader stands and knows a client; one blind numbered write and one that expects the key to be absent or to be \
            the first one's, and one attempt more at either, one failover, disks that sync at once: what became of the \
            conditional one is told as it was, whatever the key is by now.",
    disks: Disks::Immediate,
    start: Start::Registered,
    epochs: 2,
    writes: 1,
    transactions: 1,
    retries: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum],
    recovers: true,
    shows: &[
        "a retry is told of its conflict",
        "a retry is told of an older leader's entry",
    ],
    ..Scope::BASE
};
