//! Witnesses of keys that live for a while.

use super::{Step, Witness};
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{Entry, Log, Payload, Store};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_step("a key expires", "no life is cut short", expires),
    Witness::in_step("an expiry is truncated", "one expiry at a time", is_truncated),
    Witness::in_state(
        "a key that is due is written anew and stays",
        "applied as specified",
        spares_what_was_written_anew,
    ),
    Witness::in_state(
        "the clock of a leader is behind its log",
        "time never goes back",
        clock_is_behind,
    ),
];

/// A replica applies an expiry, and has fewer keys then.
fn expires(step: &Step<'_>) -> bool {
    changed(step).is_some_and(|(before, after)| {
        let keys = |replica: &Replica| replica.node().store().data().len();
        let applied = before.node().applied().index;
        let applies = expiries(after)
            .any(|entry| entry.id.index > applied && entry.id.index <= after.node().applied().index);
        applies && keys(after) < keys(before)
    })
}

/// A log gives up an expiry.
fn is_truncated(step: &Step<'_>) -> bool {
    changed(step).is_some_and(|(before, after)| {
        let kept = |entry: &Entry| after.node().log().epoch_at(entry.id.index) == Some(entry.id.epoch);
        expiries(before).any(|entry| !kept(entry))
    })
}

/// An expiry was applied, and a key is there that was put before it.
fn spares_what_was_written_anew(_: &System, state: &State) -> bool {
    state.replicas().iter().any(|replica| {
        let node = replica.node();
        let mut applied = expiries(replica).filter(|entry| entry.id.index <= node.applied().index);
        applied.any(|entry| {
            let mut found = node.store().data().values();
            found.any(|found| found.version.index < entry.id.index)
        })
    })
}

/// A leader serves whose log says that it is later than its clock does.
fn clock_is_behind(_: &System, state: &State) -> bool {
    state
        .replicas()
        .iter()
        .any(|replica| replica.node().serving() && replica.clock_ms() < replica.node().store().clock_ms())
}

/// The replica that the step happens at, before and after; the client is none.
fn changed<'a>(step: &'a Step<'_>) -> Option<(&'a Replica, &'a Replica)> {
    let at = usize::from(step.action.node().0);
    Some((
        step.before.replicas().get(at)?,
        step.outcome.state.replicas().get(at)?,
    ))
}

fn expiries(replica: &Replica) -> impl Iterator<Item = &Entry> {
    let entries = replica.node().log().all().iter();
    entries.filter(|entry| matches!(entry.payload, Payload::Expire { .. }))
}
