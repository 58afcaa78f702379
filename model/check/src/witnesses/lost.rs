//! Witnesses of writes that a failover took: their fate, and where they are kept.

use super::compaction::installs;
use super::{Step, Witness, nodes};
use crate::action::{Action, StoreFate};
use crate::state::State;
use crate::system::System;
use katakv_core::{EntryId, Fate, Log, Op, fate};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state(
        "a write's fate is told as committed",
        "fate tells the truth",
        |system, state| any_fate(system, state, Fate::Committed),
    ),
    Witness::in_state(
        "a write's fate is told as truncated",
        "fate tells the truth",
        |system, state| any_fate(system, state, Fate::Truncated),
    ),
    Witness::in_state(
        "a write's fate is told as unknown",
        "fate tells the truth",
        |system, state| any_fate(system, state, Fate::Unknown),
    ),
    Witness::in_state(
        "an entry is truncated in favour of an older one",
        "fate tells the truth",
        |_, state| {
            nodes(state).any(|node| {
                let applied = node.applied().index;
                let loses = |id: EntryId| {
                    id.index <= applied
                        && node
                            .log()
                            .epoch_at(id.index)
                            .is_some_and(|owner| owner < id.epoch)
                };
                nodes(state).any(|other| other.log().all().iter().any(|entry| loses(entry.id)))
            })
        },
    ),
    Witness::in_state(
        "a lost write's operation is told",
        "lost writes are in quarantine",
        |_, state| {
            nodes(state).any(|node| {
                let (lost, _) = node.quarantine(EntryId::ZERO, usize::MAX, usize::MAX);
                !lost.is_empty()
            })
        },
    ),
    Witness::in_state(
        "a delete is in quarantine",
        "lost writes are in quarantine",
        |_, state| {
            let is_delete = |op: &Op| matches!(op, Op::Delete { .. });
            nodes(state).any(|node| {
                let mut lost = node.store().in_quarantine().iter();
                lost.any(|entry| entry.payload.ops().iter().any(is_delete))
            })
        },
    ),
    Witness::in_step(
        "a crash takes back a truncation",
        "lost writes are in quarantine",
        |step| {
            let Action::Crash { node, .. } = step.action else {
                return false;
            };
            let holds = |state: &State, id: EntryId| {
                state.replica(*node).node().log().epoch_at(id.index) == Some(id.epoch)
            };
            let mut acks = step.before.ledger.acks.iter();
            acks.any(|ack| !holds(step.before, ack.at) && holds(&step.outcome.state, ack.at))
        },
    ),
    Witness::in_step(
        "a quarantine is found in the log again",
        "lost writes are in quarantine",
        |step| {
            loses_its_store(step)
                && step
                    .quarantines()
                    .is_some_and(|[flushed, _, after]| flushed == 0 && after > 0)
        },
    ),
    Witness::in_step(
        "a quarantine outlives the log that tells of it",
        "lost writes are in quarantine",
        |step| {
            loses_its_store(step)
                && step
                    .quarantines()
                    .is_some_and(|[_, in_log, after]| in_log == 0 && after > 0)
        },
    ),
    Witness::in_step(
        "a lost write gave way to a leader's state",
        "lost writes are in quarantine",
        |step| installs(step) && step.quarantines().is_some_and(|[_, _, after]| after > 0),
    ),
];

fn loses_its_store(step: &Step<'_>) -> bool {
    matches!(
        step.action,
        Action::Crash {
            store: StoreFate::Lost,
            ..
        }
    )
}

fn any_fate(system: &System, state: &State, wanted: Fate) -> bool {
    let acks = &state.ledger.acks;
    nodes(state).any(|node| {
        acks.iter()
            .any(|ack| fate(system.rules, node.log(), node.applied(), ack.at) == wanted)
    })
}
