//! A replica that comes back, or was cut off alone, disturbs nobody.

use super::Property;
use crate::scope::Start;
use crate::state::State;
use crate::system::{MEMBERS, System};
use katakv_core::{Epoch, NodeId};

pub(super) const PROPERTY: Property = Property {
    name: "a heard leader stays",
    words: "where replicas ask before they campaign and a leader stands: while the leader and one follower have had no reason \
            to doubt (no crash, no election timer that fired, no follower missed for too long), nobody enters a later epoch",
    source: "Ongaro's thesis, §9.6: preventing disruptions when a server rejoins the cluster",
    holds,
    why,
};

/// Who led when the scope began.
const LEADER: NodeId = MEMBERS[0];
const ITS_EPOCH: Epoch = Epoch(1);

fn holds(system: &System, state: &State) -> bool {
    if !system.scope.limits.pre_vote || system.scope.start != Start::Leading {
        return true;
    }
    let doubters = MEMBERS
        .into_iter()
        .filter(|member| state.ledger.has_doubted(*member));
    let heard = !state.ledger.has_doubted(LEADER) && doubters.count() <= 1;
    !heard
        || state
            .replicas
            .iter()
            .all(|replica| replica.node().epoch() <= ITS_EPOCH)
}

fn why(system: &System, state: &State) -> Option<String> {
    if holds(system, state) {
        return None;
    }
    let ahead = state.replicas.iter().map(|replica| replica.node());
    let ahead = ahead.into_iter().find(|node| node.epoch() > ITS_EPOCH)?;
    Some(format!(
        "{} has entered epoch {}, which ends the leadership of {LEADER}, although {LEADER} and one follower still hear each \
         other",
        ahead.id(),
        ahead.epoch().0
    ))
}
