//! Witnesses of compacted logs, and of the states that leaders send in their place.

use super::{Step, Witness, nodes};
use crate::action::Action;
use crate::network::Msg;
use crate::state::State;
use crate::system::System;
use katakv_core::{Base, EntryId, Log, Message, SessionRead, session_read};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state(
        "a session is answered about a compacted entry",
        "compaction keeps the lineage",
        |system, state| about_compacted(system, state, |answer| answer == SessionRead::Answer),
    ),
    Witness::in_state(
        "a session is told LOST about a compacted entry",
        "compaction keeps the lineage",
        |system, state| about_compacted(system, state, |answer| matches!(answer, SessionRead::Lost(_))),
    ),
    Witness::in_state(
        "a leader's state waits for the disk",
        "no honest refusal",
        |_, state| nodes(state).any(|node| node.staged().is_some()),
    ),
    Witness::in_step(
        "a follower takes a leader's state",
        "leader completeness",
        installs,
    ),
    Witness::in_step("a leader's state is old news", "leader completeness", |step| {
        is_snapshot(step.action) && !installs(step)
    }),
    Witness::in_step(
        "a leader's state ends where another entry stands",
        "log matching",
        |step| {
            let last = |base: &Base| match base {
                Base::Installed(snapshot) => snapshot.last(),
                Base::Compacted(_) => EntryId::ZERO,
            };
            step.bases().any(|base| {
                let log = step.before.replica(step.action.node()).node().log();
                log.epoch_at(last(base).index)
                    .is_some_and(|own| own != last(base).epoch)
            })
        },
    ),
    Witness::in_step(
        "a store gets a leader's state at recovery",
        "no honest refusal",
        |step| {
            let Action::Crash { node, .. } = step.action else {
                return false;
            };
            let (before, after) = (step.before.replica(*node), step.outcome.state.replica(*node));
            before.node().staged().is_some() && after.node().applied() > before.node().applied()
        },
    ),
];

/// Whether a replica gives such an answer about an entry that its log has dropped.
fn about_compacted(system: &System, state: &State, is_it: impl Fn(SessionRead) -> bool) -> bool {
    nodes(state).any(|node| {
        let compacted = node.log().compacted().index;
        let mut dropped = state.ledger.acks.iter().filter(|ack| ack.at.index <= compacted);
        dropped.any(|ack| is_it(session_read(system.rules, node.log(), node.applied(), ack.at)))
    })
}

fn is_snapshot(action: &Action) -> bool {
    matches!(
        action,
        Action::Deliver {
            msg: Msg::Peer(Message::Snapshot { .. }),
            ..
        }
    )
}

/// Whether a replica takes a state of its leader.
pub(super) fn installs(step: &Step<'_>) -> bool {
    step.bases().any(|base| matches!(base, Base::Installed(_)))
}
