//! Witnesses of linearizable reads, and of those of any age.

use super::{Witness, leaders, nodes};
use crate::action::Action;
use crate::network::Msg;
use crate::state::State;
use crate::system::System;
use katakv_core::{Leadership, Message, Reply, any_read};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state(
        "a read of any age lags",
        "any reads tell their age",
        |system, state| {
            any_reads(system, state, |reply| {
                matches!(reply, Reply::AnyValue { lag: 1.., .. })
            })
        },
    ),
    Witness::in_state(
        "a learner refuses a read of any age",
        "any reads tell their age",
        |system, state| any_reads(system, state, |reply| matches!(reply, Reply::NotCaughtUp { .. })),
    ),
    Witness::in_state(
        "every linearizable read is answered",
        "linearizable",
        |system, state| {
            let history = state.ledger.history.as_ref();
            history.is_some_and(|history| history.answered > 0 && history.answered == system.scope.reads)
        },
    ),
    Witness::in_state(
        "a read waits at a leader that is replaced",
        "linearizable",
        |_, state| {
            let newest = leaders(state).map(|(node, _)| node.epoch()).max();
            leaders(state).any(|(node, leadership)| {
                !leadership.reads.waiting.is_empty() && newest.is_some_and(|newest| node.epoch() < newest)
            })
        },
    ),
    Witness::in_state(
        "a confirmed read waits for its leader's disk",
        "linearizable",
        |_, state| {
            leaders(state).any(|(node, Leadership { reads, .. })| {
                let confirmed = |round| reads.echoed.iter().any(|echoed| *echoed >= round);
                reads
                    .waiting
                    .iter()
                    .any(|read| confirmed(read.round) && node.applied().index < read.index)
            })
        },
    ),
    Witness::in_state("reads wait for different rounds", "linearizable", |_, state| {
        leaders(state).any(|(_, Leadership { reads, .. })| {
            let ends = reads.waiting.front().zip(reads.waiting.back());
            ends.is_some_and(|(first, last)| first.round < last.round)
        })
    }),
    Witness::in_step(
        "a follower that has confirmed its leader forgets the epoch in a crash",
        "linearizable",
        |step| {
            let Action::Crash { node, .. } = step.action else {
                return false;
            };
            let epoch_in = |state: &State| state.replica(*node).node().epoch();
            let forgets = epoch_in(&step.outcome.state) < epoch_in(step.before);
            // What it said may still arrive.
            forgets
                && step.before.network.envelopes().iter().any(|envelope| {
                    let says = &envelope.msg;
                    envelope.from == *node
                        && matches!(says, Msg::Peer(Message::Confirmed { epoch, .. }) if *epoch == epoch_in(step.before))
                })
        },
    ),
];

fn any_reads(system: &System, state: &State, is_it: impl Fn(Reply) -> bool) -> bool {
    nodes(state).any(|node| is_it(any_read(system.rules, node, system.key())))
}
