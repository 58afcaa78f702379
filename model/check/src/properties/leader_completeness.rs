//! What is committed stays.

use super::why::told;
use super::{Property, first_difference, same_up_to};
use crate::state::State;
use crate::system::System;
use katakv_core::{MemLog, MemStore, Node, Role};

pub(super) const PROPERTY: Property = Property {
    name: "leader completeness",
    words: "a leader holds everything that any replica of its epoch or an earlier one knows to be committed",
    source: "Raft §5.4",
    holds,
    why,
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

fn why(_: &System, state: &State) -> Option<String> {
    let nodes = || state.replicas.iter().map(|replica| replica.node());
    let leads = |node: &&Node<MemLog, MemStore>| matches!(node.role(), Role::Leader(_));
    nodes().filter(leads).find_map(|leader| {
        nodes()
            .filter(|node| node.epoch() <= leader.epoch())
            .find_map(|node| {
                let at = first_difference(state, leader.log(), node.log(), node.commit())?;
                Some(format!(
                    "{} leads epoch {} and has {} at index {at}, where {} knows {} to be committed",
                    leader.id(),
                    leader.epoch().0,
                    told(state, leader.log(), at),
                    node.id(),
                    told(state, node.log(), at)
                ))
            })
    })
}
