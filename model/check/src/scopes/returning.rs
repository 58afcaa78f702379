//! Replicas that ask before they campaign.

use crate::scope::{Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "returning",
    words: "Pre-vote: a leader stands; one write, one crash, one heartbeat, and two election timers that fire, at one replica \
            or at two, beside the one that has made the leader. So one replica asks in vain, or asks again, or two have lost \
            their leader and one of them is elected; the crash brings back a replica that knows no leader, or takes the leader.",
    limits: Limits {
        pre_vote: true,
        ..Scope::BASE.limits
    },
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Quorum],
    crashes: 1,
    asks: 3,
    recovers: true,
    shows: &[
        "a replica asks while the others have a leader",
        "a replica that asks hears its leader",
        "a pre-vote leads to a campaign",
        "a later epoch's leader serves",
    ],
    ..Scope::BASE
};
