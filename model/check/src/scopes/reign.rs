//! The main scope with a third epoch.

use crate::scope::{Scope, Stop};
use crate::set::Set;

pub(super) const SCOPE: Scope = Scope {
    name: "reign",
    words: "The main scope with a third epoch: a leader of the second may be deposed as well, and what the first left may \
            be overwritten, found again and committed by the third. One write at level quorum, one crash that keeps \
            any prefix of what was not synced.",
    set: Set::Full,
    epochs: 3,
    writes: 1,
    crashes: 1,
    shows: &[
        "a later epoch's leader serves",
        "two leaders of different epochs",
        "logs disagree",
        "acknowledged at quorum",
        "a write is acknowledged at quorum and its leader is gone",
        "an older epoch's entry commits under a barrier",
        "a crash takes an un-synced record",
    ],
    stop: Stop {
        states_max: 600_000_000,
        seconds_max: 600,
        memory_mib_max: 12_000,
    },
    ..Scope::BASE
};
