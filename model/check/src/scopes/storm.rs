//! More of everything than can be exhausted.

use crate::action::StoreFate;
use crate::scope::{Scope, Stop};
use crate::set::Set;
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "storm",
    words: "Four epochs, three writes alone or in batches at any level, three crashes that keep or lose the applied store, \
            three heartbeats, pushed commits and a window of two, on a network without order: what the scopes that are exhausted \
            have one or two of, in combinations that none of them has. Random walks, so it finds and does not prove.",
    set: Set::Deep,
    limits: Limits {
        window: 2,
        push_commit: true,
        ..Scope::BASE.limits
    },
    epochs: 4,
    writes: 3,
    batches: &[1, 2],
    levels: &[AckLevel::Leader, AckLevel::Quorum, AckLevel::All],
    crashes: 3,
    stores: &[StoreFate::Kept, StoreFate::Lost],
    heartbeats: 3,
    stop: Stop {
        seconds_max: 3600,
        ..Scope::BASE.stop
    },
    ..Scope::BASE
};
