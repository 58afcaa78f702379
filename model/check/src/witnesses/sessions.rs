//! Witnesses of session reads: what a replica would answer to each token.

use super::{Witness, nodes};
use crate::state::State;
use crate::system::System;
use katakv_core::{EntryId, MemLog, MemStore, Node, Role, SessionRead, session_read};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state(
        "a follower answers a session read",
        "read your writes",
        |system, state| {
            any_answer(system, state, |node, answer| {
                answer == SessionRead::Answer && !matches!(node.role(), Role::Leader(_))
            })
        },
    ),
    Witness::in_state(
        "a session is told NotCaughtUp",
        "read your writes",
        |system, state| any_answer(system, state, |_, answer| answer == SessionRead::NotCaughtUp),
    ),
    Witness::in_state("a session is told LOST", "no silent loss", |system, state| {
        any_answer(system, state, |_, answer| matches!(answer, SessionRead::Lost(_)))
    }),
];

fn any_answer(
    system: &System,
    state: &State,
    is_it: impl Fn(&Node<MemLog, MemStore>, SessionRead) -> bool,
) -> bool {
    let answer = |node: &Node<MemLog, MemStore>, seen: EntryId| {
        session_read(system.rules, node.log(), node.applied(), seen)
    };
    let acks = &state.ledger.acks;
    nodes(state).any(|node| acks.iter().any(|ack| is_it(node, answer(node, ack.at))))
}
