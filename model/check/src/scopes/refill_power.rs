//! A replica loses its disk, and the disks of the others are slow.

use crate::action::Loss;
use crate::scope::{Scope, Start};

pub(super) const SCOPE: Scope = Scope {
    name: "refill-power",
    words: "As refill, but without the heartbeat, and with records that are synced one by one: the loss falls before and after each \
            promise is durable, and the refilled replica tells what it is before its disk has it. It hears its leader by the \
            write, or by the next leader.",
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    losses: (1, &[Loss::Disk]),
    shows: &[
        "a refilled replica is a member again",
        "a learner is asked for its vote",
        "what a lost disk had promised arrives late",
        "a gated acknowledgement leaves on a sync",
    ],
    ..Scope::BASE
};
