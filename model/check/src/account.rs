//! The part of an action that is not the replica's: what it takes of the scope's budgets, what it makes of the clients, and what
//! is kept for the properties to look at.

use crate::action::Action;
use crate::client::CLIENT;
use crate::network::{Envelope, Msg};
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{Effect, Epoch, Log, Message, NodeId, Payload, Timer};
use std::sync::Arc;

impl System {
    /// The part of an action that is not the replica's: budgets, and the client.
    pub(crate) fn account(&self, next: &mut State, action: &Action) {
        match action {
            Action::Write { node, level, count } => {
                let now_ms = next.replica(*node).clock_ms();
                let ledger = Arc::make_mut(&mut next.ledger);
                if self.scope.ttl.is_some() {
                    ledger.taken_ms.extend((0..*count).map(|_| now_ms));
                }
                let first = ledger.levels.len() as u8;
                if let Some(history) = &mut ledger.history {
                    (first..first + *count).for_each(|write| history.write_begins(write));
                }
                ledger.levels.extend((0..*count).map(|_| *level));
            }
            Action::Transact { level, .. } => Arc::make_mut(&mut next.ledger).transact(*level),
            Action::Read { .. } => {
                if let Some(history) = &mut Arc::make_mut(&mut next.ledger).history {
                    history.read_begins();
                }
            }
            Action::Crash { .. } => Arc::make_mut(&mut next.ledger).crashes += 1,
            Action::Lose { node, .. } => Arc::make_mut(&mut next.ledger).lose(*node),
            Action::Compact { .. } => Arc::make_mut(&mut next.ledger).compactions += 1,
            Action::Tick { .. } => Arc::make_mut(&mut next.ledger).ticks += 1,
            Action::Expire { .. } => Arc::make_mut(&mut next.ledger).expiries += 1,
            Action::Transfer { .. } => Arc::make_mut(&mut next.ledger).transfers += 1,
            Action::Timeout {
                timer: Timer::Heartbeat,
                ..
            } => Arc::make_mut(&mut next.ledger).heartbeats += 1,
            Action::Timeout {
                timer: Timer::Election,
                ..
            } if self.scope.limits.pre_vote => Arc::make_mut(&mut next.ledger).asks += 1,
            Action::Ask { node } => {
                if let (Some(client), Some(script)) = (&mut next.client, &self.scope.client) {
                    if client.writes_next() && next.ledger.levels.is_empty() {
                        Arc::make_mut(&mut next.ledger).levels.extend(script.write);
                    }
                    let request = client.ask(script, self.key(), self.value(0));
                    next.network.send(Envelope::new(CLIENT, *node, Msg::Ask(request)));
                }
            }
            Action::Deliver {
                msg: Msg::Answer(_, reply),
                ..
            } => {
                if let Some(client) = &mut next.client {
                    client.hear(reply, self.value(0));
                }
            }
            Action::Once { .. } | Action::Register { .. } => {
                Arc::make_mut(&mut next.ledger).send_numbered(action);
            }
            Action::Deliver { .. }
            | Action::Timeout { .. }
            | Action::Sync { .. }
            | Action::Idle { .. }
            | Action::Hear { .. }
            | Action::Forget => {}
        }
    }

    /// Notes who has a reason to think that nobody leads, or will: not what a message makes of it, but what time, crashes and
    /// operators do.
    /// Before the first epoch everyone does.
    pub(crate) fn doubt(&self, state: &State, next: &mut State, action: &Action) {
        let reason = match action {
            Action::Timeout {
                timer: Timer::Election,
                ..
            }
            | Action::Crash { .. }
            | Action::Transfer { .. }
            | Action::Lose { .. } => true,
            // A leader that has waited for its followers long enough.
            Action::Timeout {
                node,
                timer: Timer::Heartbeat,
            } => next.replica(*node).node().leader().is_none(),
            Action::Deliver { .. }
            | Action::Sync { .. }
            | Action::Write { .. }
            | Action::Transact { .. }
            | Action::Compact { .. }
            | Action::Idle { .. }
            | Action::Read { .. }
            | Action::Once { .. }
            | Action::Register { .. }
            | Action::Ask { .. }
            | Action::Tick { .. }
            | Action::Expire { .. }
            | Action::Hear { .. }
            | Action::Forget => false,
        };
        if self.scope.limits.pre_vote && reason && state.replica(action.node()).node().epoch() > Epoch::ZERO {
            Arc::make_mut(&mut next.ledger).doubt(action.node());
        }
    }
}

/// What a log drops, and what a state stands for, is kept for the properties to look at. `before` is the replica that has
/// taken a step, as it was.
pub(crate) fn remember(next: &mut State, before: &Replica, effects: &[Effect]) {
    let dropped = next.replica(before.node().id()).node().log().compacted().index;
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send {
            message: Message::Snapshot { snapshot, .. },
            ..
        } => Some(snapshot.last().index),
        _ => None,
    });
    let to = sent.chain([dropped]).max().expect("there is the second");
    if to.0 as usize > next.ledger.dropped.len() {
        Arc::make_mut(&mut next.ledger).remember(before.node().log(), to);
    }
}

/// Notes whether `node` has what makes it a member again. It is looked for in what the log holds, whatever the replica takes
/// itself for. A disk at a time is lost, so the last incarnation is the one that is asked for.
pub(crate) fn make_good(next: &mut State, node: NodeId) {
    if node == CLIENT || !next.ledger.lacks(node) {
        return;
    }
    let incarnation = u64::from(next.ledger.losses);
    let replica = next.replica(node).node();
    let committed = replica
        .log()
        .all()
        .iter()
        .take_while(|entry| entry.id.index <= replica.commit());
    if committed
        .into_iter()
        .any(|entry| entry.payload == Payload::Joined { incarnation })
    {
        Arc::make_mut(&mut next.ledger).make_good(node);
    }
}
