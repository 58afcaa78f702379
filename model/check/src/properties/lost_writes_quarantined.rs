//! What was acknowledged is never forgotten, even if it is undone.

use super::why::Write;
use super::{Property, holds_write, is_of};
use crate::ledger::Ack;
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, Entry};

pub(super) const PROPERTY: Property = Property {
    name: "lost writes are in quarantine",
    words: "whoever acknowledged a write at level leader has its operation for good: in the log, or else in quarantine; in \
            memory, and on a disk that no crash takes it from",
    source: "the meaning of the quarantine; MongoDB's rollback files, which leave deletes out",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    promises(system, state).all(|ack| forgotten(system, state, ack).is_none())
}

/// What is promised: what others rely on is never lost, and may be acknowledged before the leader's own disk has it.
fn promises<'a>(system: &System, state: &'a State) -> impl Iterator<Item = &'a Ack> {
    let kept = system.scope.limits.quarantine;
    let acks = state.ledger.acks.iter();
    acks.filter(move |ack| kept && ack.level == AckLevel::Leader)
}

/// Where the one that acknowledged it does not have it any more.
fn forgotten(system: &System, state: &State, ack: &Ack) -> Option<&'static str> {
    let replica = state.replica(ack.node);
    let (node, disk) = (replica.node(), replica.disk());
    let in_memory =
        holds_write(system, state, node.log(), ack) || keeps(system, node.store().in_quarantine(), ack);
    let in_records = disk.quarantined().get(&ack.at);
    let on_disk = holds_write(system, state, disk.log(), ack)
        || in_records.is_some_and(|payload| is_of(system, payload, ack))
        || keeps(system, replica.flushed().in_quarantine(), ack);
    match (in_memory, on_disk) {
        (true, true) => None,
        (false, _) => Some("in its log nor in quarantine"),
        (true, false) => Some("on its disk nor in quarantine there"),
    }
}

fn why(system: &System, state: &State) -> Option<String> {
    let mut promises = promises(system, state);
    promises.find_map(|ack| {
        let place = forgotten(system, state, ack)?;
        Some(format!(
            "{} acknowledged {} and has it neither {place}",
            ack.node,
            Write(ack)
        ))
    })
}

fn keeps(system: &System, quarantine: &[Entry], ack: &Ack) -> bool {
    let is_it = |entry: &Entry| entry.id == ack.at && is_of(system, &entry.payload, ack);
    quarantine.iter().any(is_it)
}
