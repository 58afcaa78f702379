//! A leader that nobody hears.

use crate::network::NetworkKind;
use crate::scope::{Disks, Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "quorum",
    words: "Check-quorum, with pre-vote: a leader stands that steps down after two silent heartbeats, and sends three; one write \
            at any level, and one election timer that fires beside the one that has made it. A follower that is behind, \
            one that asks, and the leader itself once it has stepped down, are elected in the next epoch.",
    limits: Limits {
        pre_vote: true,
        quorum_heartbeats: 2,
        ..Scope::BASE.limits
    },
    network: NetworkKind::Ordered,
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum],
    heartbeats: 3,
    asks: 2,
    recovers: true,
    shows: &[
        "a leader that hears nobody steps down",
        "an idle leader that is heard outlives its heartbeats",
        "a later epoch's leader serves",
    ],
    ..Scope::BASE
};
