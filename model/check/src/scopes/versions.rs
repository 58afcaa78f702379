//! A version that is gone, and another entry at its index.

use crate::network::NetworkKind;
use crate::scope::{Disks, Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "versions",
    words: "A leader stands; three writes at level leader, one or two at a time, one transaction, one failover, no \
            crash, order kept, disks that sync at once: a version that a client was told of is truncated, another write \
            comes to stand at its index behind the barrier, and the transaction expects the first.",
    network: NetworkKind::Ordered,
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    writes: 3,
    batches: &[1, 2],
    transactions: 1,
    levels: &[AckLevel::Leader],
    shows: &[
        "a transaction is done",
        "a transaction conflicts",
        "entries are truncated",
        "a session is told LOST",
    ],
    ..Scope::BASE
};
