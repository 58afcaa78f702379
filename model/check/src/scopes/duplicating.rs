//! Messages that come again.

use crate::network::NetworkKind;
use crate::scope::Scope;
use crate::set::Set;
use katakv_core::AckLevel;

pub(super) const SCOPE: Scope = Scope {
    name: "duplicating",
    words: "Every message may arrive any number of times, at any later moment: two epochs, one write at any level, \
            one crash. The network forgets nothing, so this is also where the latest of late messages are.",
    set: Set::Full,
    network: NetworkKind::Duplicating,
    epochs: 2,
    writes: 1,
    levels: &[AckLevel::Leader, AckLevel::Quorum, AckLevel::All],
    crashes: 1,
    shows: &[
        "acknowledged at quorum",
        "a later epoch's leader serves",
        "a serving leader crashes",
        "entries are truncated",
        "a session is told LOST",
        "a deposed leader learns of it",
    ],
    ..Scope::BASE
};
