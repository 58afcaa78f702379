//! A replica finds a synced record damaged.

use crate::action::Loss;
use crate::scope::{Scope, Start};

pub(super) const SCOPE: Scope = Scope {
    name: "refill-damage",
    words: "A leader stands; two epochs, no write, records that are synced one by one, and one crash after which a record is \
            found damaged that is not the last: the barrier that the leader has committed is among the records that may go.",
    start: Start::Leading,
    epochs: 2,
    losses: (1, &[Loss::Record]),
    recovers: true,
    shows: &[
        "a synced record is found damaged",
        "a learner is asked for its vote",
        "a later epoch's leader serves",
    ],
    ..Scope::BASE
};
