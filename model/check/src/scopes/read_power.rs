//! A linearizable read and a crash.

use crate::network::NetworkKind;
use crate::scope::Scope;
use crate::set::Set;

pub(super) const SCOPE: Scope = Scope {
    name: "read-power",
    words: "Two elections from empty disks, a write, a linearizable read, and one crash that keeps any prefix of what is not \
            synced: a follower confirms the leader of an epoch that it then forgets. The order of messages adds nothing to \
            that, and `reads` has them in any.",
    set: Set::Full,
    network: NetworkKind::Ordered,
    epochs: 2,
    writes: 1,
    reads: 1,
    crashes: 1,
    shows: &[
        "every linearizable read is answered",
        "a read waits at a leader that is replaced",
        "a follower that has confirmed its leader forgets the epoch in a crash",
    ],
    ..Scope::BASE
};
