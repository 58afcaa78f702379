//! What is committed stays.

use super::{Property, same_up_to};
use crate::state::State;
use crate::system::System;
use katakv_core::Role;

pub(super) const PROPERTY: Property = Property {
    name: "leader completeness",
    words: "a leader holds everything that any replica of its epoch or an earlier one knows to be committed",
    source: "Raft §5.4",
    holds,
};

fn holds(_: &System, state: &State) -> bool {
    let leaders = || {
        state
            .replicas
            .iter()
            .map(|replica| replica.node())
            .filter(|node| matches!(node.role(), Role::Leader(_)))
    };
    state.replicas.iter().map(|replica| replica.node()).all(|node| {
        leaders()
            .filter(|leader| leader.epoch() >= node.epoch())
            .all(|leader| same_up_to(state, leader.log(), node.log(), node.commit()))
    })
}
