//! Witnesses of transactions and their outcomes.

use super::{Witness, leaders};
use katakv_core::AckLevel;

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state("a transaction is done", "applied as specified", |_, state| {
        let ledger = &state.ledger;
        ledger
            .acks
            .iter()
            .any(|ack| ledger.transactions.contains(&ack.write))
    }),
    Witness::in_state("a transaction conflicts", "outcomes as told", |_, state| {
        !state.ledger.conflicts.is_empty()
    }),
    Witness::in_state(
        "a transaction at level leader waits for its outcome",
        "outcomes as told",
        |_, state| {
            leaders(state).any(|(node, leadership)| {
                leadership.pending.iter().any(|write| {
                    write.level == AckLevel::Leader
                        && write.outcome.is_none()
                        && write.index <= node.durable()
                })
            })
        },
    ),
];
