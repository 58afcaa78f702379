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

use crate::account::{make_good, remember};
use crate::action::Action;
use crate::client::CLIENT;
use crate::memo::{Event, Stepped};
use crate::network::Msg;
use crate::properties;
use crate::replica::Replica;
use crate::scope::Disks;
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{Effect, Input, NodeId};
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
        if let Action::Tick { node } = action {
            next.replicas[usize::from(node.0)] = Arc::new(state.replica(*node).ticked());
        }
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
