//! Transactions, decided by all alike.

use crate::scope::{Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "transactions",
    words: "A leader stands; one write and one transaction, each at level leader or quorum, one failover, no crash: the \
            transaction expects the write, or nothing, and its entry is behind it, before it, or truncated with it. A crash \
            would apply the same entries again, which every scope with a lost store has.",
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    transactions: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum],
    shows: &[
        "a transaction is done",
        "a transaction conflicts",
        "a transaction at level leader waits for its outcome",
        "entries are truncated",
    ],
    ..Scope::BASE
};
