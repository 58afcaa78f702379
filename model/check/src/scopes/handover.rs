//! A leader that hands over, while no timer fires that could elect another.

use crate::network::NetworkKind;
use crate::scope::{Disks, Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "handover",
    words: "Leadership transfer, with pre-vote: a leader stands and hands over once, to either follower; one write, two \
            heartbeats, after which it gives up, and no election timer beside the one that has made the leader: whoever leads \
            next was told to. A second write may come while it hands over, which is refused, or after it has given up.",
    limits: Limits {
        pre_vote: true,
        transfer_heartbeats: 1,
        ..Scope::BASE.limits
    },
    network: NetworkKind::Ordered,
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    writes: 2,
    levels: &[AckLevel::Quorum],
    heartbeats: 2,
    asks: 1,
    transfers: 1,
    recovers: true,
    shows: &[
        "a write is refused by a leader that hands over",
        "a leader that hands over waits for its target",
        "a leader that has given up its transfer appends",
        "a later epoch's leader serves",
    ],
    ..Scope::BASE
};
