//! What is promised of keys that live for a while.

use super::Taken;
use super::list::{Broken, Looked, Promise};
use katakv_core::{Effect, Entry, Index, Log, Payload, Role};

/// A leader that lets keys expire has no such entry under way before.
pub(super) fn stepped(taken: &Taken<'_>, looked: &mut Looked) -> Result<(), Broken> {
    let node = taken.node;
    let appends = taken.effects.iter().any(|effect| match effect {
        Effect::Persist(record) => record
            .tail
            .as_ref()
            .is_some_and(|tail| tail.entries.iter().any(expires)),
        _ => false,
    });
    if !appends || !matches!(node.role(), Role::Leader(_)) {
        return Ok(());
    }
    let unapplied = node.applied().index.next().0..=node.log().last().index.0;
    let under_way = unapplied.filter_map(|index| node.log().entry(Index(index)));
    let own = under_way.filter(|entry| entry.id.epoch == node.epoch() && expires(entry));
    looked.keep(Promise::OneExpiryAtATime, own.count() <= 1, || {
        let (id, last) = (node.id(), node.log().last());
        format!("{id} lets keys expire by {last}, and has another such entry under way")
    })
}

fn expires(entry: &Entry) -> bool {
    matches!(entry.payload, Payload::Expire { .. })
}
