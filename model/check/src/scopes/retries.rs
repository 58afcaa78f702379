//! A client sends its writes again, across failovers.

use crate::scope::{Scope, Start};
use crate::set::Set;
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "retries",
    words: "A leader stands and knows a client; two numbered writes, under way together, each at level leader or quorum, and two \
            attempts more at any of them, at any leader that serves, with any word about what the client is done with; one \
            failover, disks that sync one by one, no crash: a leader that is cut off loses what a crash would.",
    set: Set::Full,
    start: Start::Registered,
    epochs: 2,
    writes: 2,
    retries: 2,
    levels: &[AckLevel::Leader, AckLevel::Quorum],
    shows: &[
        "a retry waits for the entry that there is",
        "a retry is told of an older leader's entry",
        "what was truncated is carried out anew",
    ],
    ..Scope::BASE
};
