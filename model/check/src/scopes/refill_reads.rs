//! A replica loses its disk while its leader is read from.

use crate::action::Loss;
use crate::network::NetworkKind;
use crate::scope::{Disks, Scope, Start};

pub(super) const SCOPE: Scope = Scope {
    name: "refill-reads",
    words: "A leader stands; one write, one linearizable read, two epochs, one lost disk, in order: the replica that is lost may \
            have elected another leader, and is asked by the first whether it still leads.",
    network: NetworkKind::Ordered,
    disks: Disks::Immediate,
    start: Start::Leading,
    epochs: 2,
    writes: 1,
    reads: 1,
    losses: (1, &[Loss::Disk]),
    recovers: true,
    shows: &[
        "every linearizable read is answered",
        "a learner is asked for its vote",
    ],
    ..Scope::BASE
};
