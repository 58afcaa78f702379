//! Who has lost data claims no freshness.

use super::Property;
use crate::state::State;
use crate::system::{MEMBERS, System};
use katakv_core::{NodeId, Role};

pub(super) const PROPERTY: Property = Property {
    name: "a damaged replica never wins",
    words: "a replica whose disk was lost or damaged neither leads nor asks to, until the entry that names its incarnation is \
            committed in its log",
    source: "Alagappan et al. 2018, Protocol-Aware Recovery for Consensus-Based Storage, §3.3",
    holds,
    why,
};

fn holds(_: &System, state: &State) -> bool {
    presumptuous(state).is_none()
}

/// A replica that leads or asks to, and must not.
fn presumptuous(state: &State) -> Option<NodeId> {
    MEMBERS.into_iter().find(|member| {
        state.ledger.lacks(*member) && !matches!(state.replica(*member).node().role(), Role::Follower { .. })
    })
}

fn why(_: &System, state: &State) -> Option<String> {
    let who = presumptuous(state)?;
    Some(format!(
        "{who} campaigns or leads, and lacks what its lost disk had: it is not a member again"
    ))
}
