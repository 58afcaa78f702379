//! At most one leader an epoch.

use super::{Property, pairs};
use crate::state::State;
use crate::system::System;
use katakv_core::Role;

pub(super) const PROPERTY: Property = Property {
    name: "election safety",
    words: "no two replicas lead in the same epoch",
    source: "Raft §5.2",
    holds,
};

fn holds(_: &System, state: &State) -> bool {
    pairs(state).all(|(one, other)| {
        let both_lead = [one, other]
            .iter()
            .all(|replica| matches!(replica.node().role(), Role::Leader(_)));
        !(both_lead && one.node().epoch() == other.node().epoch())
    })
}
