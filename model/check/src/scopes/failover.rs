//! A leader stands; it is written to, crashes and is replaced.

use crate::scope::{Scope, Start};
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "failover",
    words: "A leader stands already, so its election is not paid for again: two writes, each at level leader or \
            quorum, one crash, one failover. It is where acknowledgements, and writes that wait behind others, meet \
            a failover; a third write would wait like the second.",
    start: Start::Leading,
    epochs: 2,
    writes: 2,
    levels: &[AckLevel::Leader, AckLevel::Quorum],
    crashes: 1,
    shows: &[
        "acknowledged at leader",
        "acknowledged at quorum",
        "a write is acknowledged at quorum and its leader is gone",
        "a deposed leader acknowledges what its successor has",
        "a follower answers a session read",
        "a read of any age lags",
        "a session is told NotCaughtUp",
        "a session is told LOST",
        "a serving leader crashes",
        "entries are truncated",
    ],
    ..Scope::BASE
};
