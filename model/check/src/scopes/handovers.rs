//! A leader that hands over, among elections and crashes.

use crate::scope::{Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "handovers",
    words: "Leadership transfer among elections: a leader stands; one write, one transfer, three epochs. The \
            word to campaign comes before, while or after another leader is elected, or its own receiver is.",
    limits: Limits {
        transfer_heartbeats: 0,
        ..Scope::BASE.limits
    },
    start: Start::Leading,
    epochs: 3,
    writes: 1,
    levels: &[AckLevel::Quorum],
    transfers: 1,
    shows: &["an earlier leader's word to campaign is under way"],
    ..Scope::BASE
};
