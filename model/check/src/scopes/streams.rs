//! As much as in the storm, over TCP's order.

use crate::network::NetworkKind;
use crate::scope::Scope;
use crate::scopes::storm;

pub(super) const SCOPE: Scope = Scope {
    name: "streams",
    words: "The storm on connections that keep their order and break in a crash: what arrives in order gets farther than what \
            does not, so walks see longer pipelines and later leaders. Random walks, so it finds and does not prove.",
    network: NetworkKind::Ordered,
    ..storm::SCOPE
};
