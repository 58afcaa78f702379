//! What an action makes of a state.
//!
//! Three reductions are built in; each is argued here and held against its absence by a test.
//! - *Renaming*: see `state.rs`.
//! - *Dead messages*: a message of an epoch that the receiver's disk has durably passed is dropped. A replica is
//!   silent to lower epochs, and no crash takes back a synced epoch, so it can never again have an effect. The loss of a disk
//!   does: while there may be one to come, nothing is dropped.
//! - *Deliveries without effect*: on an unordered network a message whose delivery changes nothing is left where it
//!   is. The state without it can do nothing that the state with it cannot.
//!
//! A client's write is atomic at the replica, and crash and recovery are one action: between a crash and the
//! restart the others see only silence, which an undelivered message is, too.

use crate::action::Action;
use crate::client::{CLIENT, FIRST_READ, Script};
use crate::idle::NOBODY;
use crate::memo::{Event, Stepped};
use crate::network::{Envelope, Msg};
use crate::numbered::FIRST_REGISTRATION;
use crate::properties;
use crate::replica::Replica;
use crate::scope::{Disks, Start};
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{
    AckLevel, Bytes, Condition, Effect, EntryId, Epoch, Input, Log, Message, NodeId, Op, Payload, Reply,
    Request, RequestBody, RequestId, Timer, Transaction,
};
use std::sync::Arc;

/// What an action brings about.
pub struct Outcome {
    /// The state after it.
    pub state: State,
    /// What the replica was given, if the action gives it an input. A crash does not: it is recovered instead. On
    /// disks that sync at once, `Synced` inputs follow until nothing is in flight.
    pub input: Option<(NodeId, Input)>,
    /// What the replica wanted done, in order.
    pub effects: Vec<Effect>,
}

impl System {
    /// The input that a replica gets by an action, if it gets one.
    pub fn input(&self, state: &State, action: &Action) -> Option<(NodeId, Input)> {
        let input = match action {
            Action::Deliver {
                from,
                msg: Msg::Peer(message),
                ..
            } => Input::Receive {
                from: *from,
                message: message.clone(),
            },
            Action::Deliver {
                msg: Msg::Ask(request),
                ..
            } => Input::Requests(vec![request.clone()]),
            Action::Timeout { timer, .. } => Input::Timeout(*timer),
            Action::Sync { .. } => Input::Synced(1),
            Action::Write { level, count, .. } => {
                self.writes(state.ledger.levels.len() as u8, *level, *count)
            }
            Action::Transfer { to, .. } => Input::Transfer { to: Some(*to) },
            Action::Idle { node, what } => self.idle_input(&state.ledger, state.replica(*node), *what),
            // The core decides how much of it.
            Action::Compact { node } => Input::Compact {
                to: state.replica(*node).node().log().last().index,
            },
            Action::Transact { level, expects, .. } => {
                self.transaction(state.ledger.levels.len() as u8, *level, *expects)
            }
            Action::Read { .. } => {
                let history = state.ledger.history.as_ref();
                let asked = history.map_or(0, |history| history.reads);
                let key = self.key().clone();
                Input::Requests(vec![Request {
                    id: RequestId(FIRST_READ + u64::from(asked)),
                    body: RequestBody::LinearizableRead { key },
                }])
            }
            Action::Once { .. } | Action::Register { .. } => self.numbered_input(&state.ledger, action),
            Action::Deliver {
                msg: Msg::Answer(..), ..
            }
            | Action::Crash { .. }
            | Action::Lose { .. }
            | Action::Ask { .. }
            | Action::Hear { .. }
            | Action::Forget => return None,
        };
        Some((action.node(), input))
    }

    /// A batch of `count` client writes, the first of them numbered `first`.
    pub(crate) fn writes(&self, first: u8, level: AckLevel, count: u8) -> Input {
        let request = |write: u8| Request {
            id: RequestId(u64::from(write)),
            body: RequestBody::Write {
                op: self.op(write),
                level,
            },
        };
        Input::Requests((first..first + count).map(request).collect())
    }

    /// A transaction that is write number `write`: both keys get its value, if the one is still what is expected.
    fn transaction(&self, write: u8, level: AckLevel, expects: Option<EntryId>) -> Input {
        let put = |key: &Bytes| Op::Put {
            key: key.clone(),
            value: self.value(write).clone(),
        };
        let transaction = Transaction {
            conditions: vec![Condition {
                key: self.key().clone(),
                version: expects,
            }],
            ops: vec![put(self.key()), put(&Bytes::from("other"))],
        };
        Input::Requests(vec![Request {
            id: RequestId(u64::from(write)),
            body: RequestBody::Transact { transaction, level },
        }])
    }

    /// What `action` makes of `state`; `None` if it changes nothing, or cannot happen.
    pub fn perform(&self, state: &State, action: &Action) -> Option<Outcome> {
        let mut next = state.clone();
        if let Action::Deliver { from, to, msg } = action
            && !next.network.deliver(*from, *to, msg)
        {
            return None;
        }
        let input = self.input(state, action);
        let mut effects = Vec::new();
        if let Some((node, input)) = &input {
            let stepped = self.step(state.replica(*node), input);
            let is_delivery = matches!(action, Action::Deliver { .. });
            if self.scope.skip_idle && stepped.silent && is_delivery && !state.network.delivery_matters() {
                return None;
            }
            effects.clone_from(&stepped.effects);
            next.replicas[usize::from(node.0)] = Arc::clone(&stepped.replica);
        }
        self.account(&mut next, action);
        self.doubt(state, &mut next, action);
        if let Action::Crash {
            node, keep, store, ..
        } = action
        {
            let before = state.replica(*node);
            let crash = Event::Crash {
                keep: *keep,
                store: *store,
            };
            let stepped = self.memo.after(before, crash, |effects| {
                before.after_crash(self.rules, usize::from(*keep), *store, effects)
            });
            effects.clone_from(&stepped.effects);
            next.replicas[usize::from(node.0)] = Arc::clone(&stepped.replica);
            next.network.break_connections_to(*node);
        }
        if let Action::Lose { node, loss } = action {
            let before = state.replica(*node);
            let (loss, incarnation) = (*loss, u64::from(next.ledger.losses));
            let stepped = self
                .memo
                .after(before, Event::Loss { loss, incarnation }, |effects| {
                    before.after_loss(self.rules, loss, incarnation, effects)
                });
            effects.clone_from(&stepped.effects);
            next.replicas[usize::from(node.0)] = Arc::clone(&stepped.replica);
            next.network.break_connections_to(*node);
        }
        if next.ledger.lacking != 0 {
            make_good(&mut next, action.node());
        }
        if self.scope.compactions > 0 {
            remember(&mut next, state.replica(action.node()), &effects);
        }
        if self.scope.disks == Disks::Immediate {
            self.sync_all(&mut next, action.node(), &mut effects);
        }
        self.dispatch(&mut next, action.node(), &effects);
        self.route(&mut next, action);
        // Who loses his disk listens again to epochs that he had passed.
        if self.scope.bury_dead && next.ledger.losses == self.scope.losses.0 {
            bury_dead(&mut next);
        }
        let mut outcome = Outcome {
            state: next,
            input,
            effects,
        };
        let broken = properties::broken(
            self,
            &Step {
                before: state,
                action,
                outcome: &outcome,
            },
        );
        if broken != 0 {
            Arc::make_mut(&mut outcome.state.ledger).broken |= broken;
        }
        outcome.state.seal(self.scope.symmetry);
        if let Some(coverage) = self.coverage {
            coverage.observe(&Step {
                before: state,
                action,
                outcome: &outcome,
            });
        }
        Some(outcome)
    }

    /// What a replica does with an input.
    fn step(&self, replica: &Replica, input: &Input) -> Arc<Stepped> {
        let work = |effects: &mut Vec<Effect>| replica.after(self.rules, input.clone(), effects);
        self.memo.after(replica, Event::Input(input), work)
    }

    /// The part of an action that is not the replica's: budgets, and the client.
    fn account(&self, next: &mut State, action: &Action) {
        match action {
            Action::Write { level, count, .. } => {
                let ledger = Arc::make_mut(&mut next.ledger);
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
    fn doubt(&self, state: &State, next: &mut State, action: &Action) {
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
            | Action::Hear { .. }
            | Action::Forget => false,
        };
        if self.scope.limits.pre_vote && reason && state.replica(action.node()).node().epoch() > Epoch::ZERO {
            Arc::make_mut(&mut next.ledger).doubt(action.node());
        }
    }

    fn sync_all(&self, next: &mut State, node: NodeId, effects: &mut Vec<Effect>) {
        if node == CLIENT {
            return;
        }
        let replica = &mut next.replicas[usize::from(node.0)];
        while !replica.disk().unsynced().is_empty() {
            let count = replica.disk().unsynced().len() as u32;
            let stepped = self.step(replica, &Input::Synced(count));
            *replica = Arc::clone(&stepped.replica);
            effects.extend_from_slice(&stepped.effects);
        }
    }

    /// Whether the client actor waits for the answer: it asks reads, and its own write if it has one.
    pub(crate) fn asked_by_client(&self, request: RequestId) -> bool {
        let asks = |script: &Script| script.write.is_some() || request.0 >= FIRST_READ;
        self.scope.client.as_ref().is_some_and(asks)
    }

    /// Messages go to the network, acknowledgements into the ledger, answers to the client actor.
    fn dispatch(&self, next: &mut State, node: NodeId, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Send { to, message } => {
                    next.network
                        .send(Envelope::new(node, *to, Msg::Peer(message.clone())));
                }
                Effect::Reply { request, .. } if *request == NOBODY => {}
                Effect::Reply { request, reply } if request.0 >= FIRST_REGISTRATION => {
                    if let Reply::Written { at, .. } = reply {
                        Arc::make_mut(&mut next.ledger).registered(*at);
                    }
                }
                Effect::Reply { request, reply } => {
                    if self.scope.start == Start::Registered {
                        Arc::make_mut(&mut next.ledger).told_of(*request, reply);
                    }
                    if let Reply::Written { at, .. } = reply {
                        Arc::make_mut(&mut next.ledger).acknowledge(*request, *at, node);
                    }
                    if let Reply::Conflict { at, version, .. } = reply {
                        Arc::make_mut(&mut next.ledger).refuse(*at, *version);
                    }
                    if let (Reply::Value { value, .. }, true) = (reply, next.ledger.history.is_some())
                        && let Some(history) = &mut Arc::make_mut(&mut next.ledger).history
                    {
                        let write = value.as_ref().and_then(|value| self.write_of(value));
                        history.read_ends((request.0 - FIRST_READ) as u8, write);
                    }
                    if self.asked_by_client(*request) {
                        let answer = Msg::Answer(*request, reply.clone());
                        next.network.send(Envelope::new(node, CLIENT, answer));
                    }
                }
                Effect::Persist(_) | Effect::Arm(_) => {}
            }
        }
    }
}

/// What a log drops, and what a state stands for, is kept for the properties to look at. `before` is the replica that has
/// taken a step, as it was.
fn remember(next: &mut State, before: &Replica, effects: &[Effect]) {
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
fn make_good(next: &mut State, node: NodeId) {
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

fn bury_dead(next: &mut State) {
    let durable = next
        .replicas
        .each_ref()
        .map(|replica| replica.disk().hard().epoch);
    next.network.bury(|envelope| match &envelope.msg {
        Msg::Peer(message) => message.epoch() < durable[usize::from(envelope.to.0)],
        Msg::Ask(_) | Msg::Answer(..) => false,
    });
}
