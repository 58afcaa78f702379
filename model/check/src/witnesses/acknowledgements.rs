//! Witnesses of acknowledgements, at each level, and of what became of them.

use super::{Witness, leaders, nodes};
use crate::action::Action;
use crate::network::Msg;
use crate::properties::deposed_never_acknowledges::{acknowledged, successors};
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, Effect, Message, Reply, awaited};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state(
        "acknowledged at leader",
        "leader acknowledgements durable",
        |_, state| acked(state, AckLevel::Leader),
    ),
    Witness::in_state(
        "acknowledged at quorum",
        "quorum acknowledgements kept",
        |_, state| acked(state, AckLevel::Quorum),
    ),
    Witness::in_state(
        "acknowledged at all",
        "quorum acknowledgements kept",
        |_, state| acked(state, AckLevel::All),
    ),
    Witness::in_state(
        "a write is acknowledged at quorum and its leader is gone",
        "quorum acknowledgements kept",
        |_, state| {
            let gone = |epoch| leaders(state).any(|(node, _)| node.epoch() > epoch);
            let acks = &state.ledger.acks;
            acks.iter()
                .any(|ack| ack.level != AckLevel::Leader && gone(ack.at.epoch))
        },
    ),
    Witness::in_state(
        "a write that its leader alone had reaches every disk",
        "awaited levels hold",
        |system, state| {
            any_awaited(system, state, AckLevel::All, |reply| {
                matches!(reply, Reply::Written { .. })
            })
        },
    ),
    Witness::in_state(
        "a write on a quorum is awaited on all disks",
        "awaited levels hold",
        |system, state| {
            any_awaited(system, state, AckLevel::All, |reply| {
                matches!(reply, Reply::NotYet { copies: 2, .. })
            })
        },
    ),
    Witness::in_state(
        "a write whose level is awaited is lost",
        "awaited levels hold",
        |system, state| {
            any_awaited(system, state, AckLevel::Quorum, |reply| {
                matches!(reply, Reply::Lost(_))
            })
        },
    ),
    Witness::in_state(
        "a durable write waits for the bound of its level",
        "leader acknowledgements bounded",
        |_, state| {
            leaders(state).any(|(node, leadership)| {
                leadership
                    .pending
                    .iter()
                    .any(|write| write.level == AckLevel::Leader && write.index <= node.durable())
            })
        },
    ),
    Witness::in_step(
        "a crash takes an un-synced record",
        "leader acknowledgements durable",
        |step| matches!(step.action, Action::Crash { keep, of, .. } if keep < of),
    ),
    Witness::in_step(
        "a serving leader crashes",
        "leader acknowledgements durable",
        |step| matches!(step.action, Action::Crash { node, .. } if step.before.replica(*node).node().serving()),
    ),
    Witness::in_step(
        "a gated acknowledgement leaves on a sync",
        "quorum acknowledgements kept",
        |step| {
            matches!(step.action, Action::Sync { .. })
                && step.sends(|message| matches!(message, Message::Appended { .. }))
        },
    ),
    Witness::in_step(
        "a write at level leader is acknowledged when another commits",
        "leader acknowledgements bounded",
        |step| {
            let is_answer = matches!(
                step.action,
                Action::Deliver {
                    msg: Msg::Peer(Message::Appended { .. }),
                    ..
                }
            );
            let levels = &step.before.ledger.levels;
            is_answer
                && step.effects().any(|effect| match effect {
                    Effect::Reply { request, .. } => {
                        levels.get(request.0 as usize) == Some(&AckLevel::Leader)
                    }
                    _ => false,
                })
        },
    ),
    Witness::in_step(
        "a deposed leader acknowledges what its successor has",
        "a deposed leader acknowledges nothing lost",
        |step| {
            let (before, after) = (step.before, &step.outcome.state);
            acknowledged(step).any(|at| {
                successors(before, at)
                    .chain(successors(after, at))
                    .next()
                    .is_some()
            })
        },
    ),
];

fn acked(state: &State, level: AckLevel) -> bool {
    state.ledger.acks.iter().any(|ack| ack.level == level)
}

/// Whether somebody is answered so who awaits `level` of a write that was acknowledged at level `leader`.
fn any_awaited(system: &System, state: &State, level: AckLevel, is_it: impl Fn(Reply) -> bool) -> bool {
    let mut acks = state.ledger.acks.iter();
    acks.any(|ack| {
        ack.level == AckLevel::Leader
            && nodes(state).any(|node| is_it(awaited(system.rules, node, ack.at, level)))
    })
}
