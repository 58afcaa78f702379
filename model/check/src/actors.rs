//! The same system, out of Stateright's own parts: replicas as actors (`replica.rs`) in an [`ActorModel`], with Stateright's
//! network and timers. A thin [`Model`] around it delegates deliveries and timeouts, and adds what an actor model
//! has no word for: one record synced, a batch of client writes, a crash that keeps a prefix.
//!
//! It is a second opinion. [`System`] keeps its own network and timers, which search faster (`specs/performance.md`)
//! and keep a replica's name along a path; a test holds the two against each other: the same scopes, the same number of unique states.

mod replica;

use self::replica::{id, node};
use crate::action::Action;
use crate::ledger::Ledger;
use crate::network::{Msg, NetworkKind};
use crate::replica::{DynRules, Replica};
use crate::scope::{Disks, Scope, Start};
use crate::system::{MEMBERS, System};
use katakv_core::{Effect, Input, Log, NodeId, Reply, Timer};
pub use replica::ReplicaActor;
use stateright::actor::{ActorModel, ActorModelAction, ActorModelState, Envelope, Id, Network};
use stateright::{Model, Property};
use std::sync::Arc;

/// The actor model with the actions that it lacks.
pub struct Actors {
    inner: ActorModel<ReplicaActor, (), Ledger>,
    system: System,
}

impl Actors {
    /// `scope` under `rules`, without renaming.
    ///
    /// # Panics
    /// If the scope has a client actor, transactions, linearizable reads, clocks that go on, a duplicating network (Stateright's remembers the
    /// last message, which makes states differ that do not), disks that sync at once, or does not start from empty disks.
    pub fn new(scope: Scope, rules: &'static DynRules) -> Actors {
        assert!(scope.transactions == 0 && scope.reads == 0 && scope.ticks == 0);
        assert!(scope.client.is_none() && scope.network != NetworkKind::Duplicating);
        assert!(scope.disks == Disks::Deferred && scope.start == Start::Fresh);
        let actor = ReplicaActor {
            rules,
            limits: scope.limits,
        };
        let network = match scope.network {
            NetworkKind::Ordered => Network::new_ordered([]),
            _ => Network::new_unordered_nonduplicating([]),
        };
        let inner = ActorModel::new((), Ledger::default())
            .actors(MEMBERS.map(|_| actor.clone()))
            .init_network(network)
            .record_msg_out(acknowledged);
        Actors {
            inner,
            system: System::new(scope.without_symmetry(), rules),
        }
    }
}

/// The history takes note of acknowledgements as they leave.
fn acknowledged(_: &(), ledger: &Ledger, envelope: Envelope<&Msg>) -> Option<Ledger> {
    let Msg::Answer(request, Reply::Written { at, .. }) = envelope.msg else {
        return None;
    };
    let mut ledger = ledger.clone();
    ledger.acknowledge(*request, *at, node(envelope.src));
    Some(ledger)
}

type ActorsState = ActorModelState<ReplicaActor, Ledger>;

impl Model for Actors {
    type State = ActorsState;
    type Action = Action;

    fn init_states(&self) -> Vec<ActorsState> {
        self.inner.init_states()
    }

    fn actions(&self, state: &ActorsState, actions: &mut Vec<Action>) {
        let mut inner = Vec::new();
        self.inner.actions(state, &mut inner);
        for action in inner {
            if let ActorModelAction::Deliver { src, dst, msg } = action {
                let (from, to) = (node(src), node(dst));
                actions.push(Action::Deliver { from, to, msg });
            }
        }
        for member in MEMBERS {
            let replica = &state.actor_states[usize::from(member.0)];
            self.system.enabled_at(replica, &state.history, actions);
        }
    }

    fn next_state(&self, state: &ActorsState, action: Action) -> Option<ActorsState> {
        let mut next = match action {
            Action::Deliver { from, to, msg } => {
                let (src, dst) = (id(from), id(to));
                self.inner
                    .next_state(state, ActorModelAction::Deliver { src, dst, msg })?
            }
            Action::Timeout { node, timer } => {
                let mut next = self
                    .inner
                    .next_state(state, ActorModelAction::Timeout(id(node), timer))?;
                next.history.heartbeats += u8::from(timer == Timer::Heartbeat);
                let asks = timer == Timer::Election && self.system.scope.limits.pre_vote;
                next.history.asks += u8::from(asks);
                next
            }
            Action::Sync { node } => self.at(state, node, |replica, effects| {
                replica.after(self.system.rules, Input::Synced(1), effects)
            }),
            Action::Write { node, level, count } => {
                let mut asked = state.clone();
                let input = self
                    .system
                    .writes(asked.history.levels.len() as u8, level, count, 0);
                asked.history.levels.extend((0..count).map(|_| level));
                self.at(&asked, node, |replica, effects| {
                    replica.after(self.system.rules, input, effects)
                })
            }
            Action::Crash {
                node, keep, store, ..
            } => {
                let mut next = self.at(state, node, |replica, effects| {
                    replica.after_crash(self.system.rules, usize::from(keep), store, effects)
                });
                next.history.crashes += 1;
                if let Network::Ordered(channels) = &mut next.network {
                    channels.retain(|(_, to), _| *to != id(node));
                }
                next
            }
            Action::Lose { node, loss } => {
                let mut lost = state.clone();
                lost.history.lose(node);
                let incarnation = u64::from(lost.history.losses);
                self.at(&lost, node, |replica, effects| {
                    replica.after_loss(self.system.rules, loss, incarnation, effects)
                })
            }
            Action::Compact { node } => {
                let to = Log::last(state.actor_states[usize::from(node.0)].node().log()).index;
                let mut next = self.at(state, node, |replica, effects| {
                    replica.after(self.system.rules, Input::Compact { to }, effects)
                });
                next.history.compactions += 1;
                next
            }
            Action::Transfer { node, to } => {
                let mut next = self.at(state, node, |replica, effects| {
                    replica.after(self.system.rules, Input::Transfer { to: Some(to) }, effects)
                });
                next.history.transfers += 1;
                next
            }
            Action::Ask { .. }
            | Action::Transact { .. }
            | Action::Read { .. }
            | Action::Idle { .. }
            | Action::Once { .. }
            | Action::Register { .. }
            | Action::Tick { .. }
            | Action::Expire { .. }
            | Action::Hear { .. }
            | Action::Forget => return None,
        };
        self.bury_dead(&mut next);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Actors>> {
        // Without one, nothing is explored. What holds is looked at elsewhere; here states are counted.
        vec![Property::always("no refusal", |_, state: &ActorsState| {
            state.actor_states.iter().all(|replica| !replica.refused())
        })]
    }
}

impl Actors {
    /// A step of one replica that the actor model knows nothing of.
    fn at(
        &self,
        state: &ActorsState,
        member: NodeId,
        step: impl FnOnce(&Replica, &mut Vec<Effect>) -> Replica,
    ) -> ActorsState {
        let place = usize::from(member.0);
        let mut next = state.clone();
        let mut effects = Vec::new();
        let after = step(&state.actor_states[place], &mut effects);
        next.timers_set[place].cancel_all();
        next.timers_set[place].set(after.timer());
        next.actor_states[place] = Arc::new(after);
        for effect in effects {
            match effect {
                Effect::Send { to, message } => {
                    send(&mut next.network, id(member), id(to), Msg::Peer(message));
                }
                Effect::Reply {
                    request,
                    reply: Reply::Written { at, .. },
                } => next.history.acknowledge(request, at, member),
                Effect::Reply { .. } | Effect::Persist(_) | Effect::Arm(_) => {}
            }
        }
        next
    }

    /// As [`System`] does it; and answers are read where they leave, so nobody needs to receive them.
    fn bury_dead(&self, next: &mut ActorsState) {
        let durable: Vec<_> = next
            .actor_states
            .iter()
            .map(|replica| replica.disk().hard().epoch)
            .collect();
        let bury = self.system.scope.bury_dead;
        let lives = |dst: Id, msg: &Msg| match msg {
            Msg::Peer(message) => !bury || message.epoch() >= durable[usize::from(dst)],
            Msg::Ask(_) | Msg::Answer(..) => false,
        };
        match &mut next.network {
            Network::UnorderedNonDuplicating(envelopes) => {
                envelopes.retain(|envelope, _| lives(envelope.dst, &envelope.msg));
            }
            Network::Ordered(channels) => channels.retain(|(_, dst), messages| {
                messages.retain(|msg| lives(*dst, msg));
                !messages.is_empty()
            }),
            Network::UnorderedDuplicating(..) => unreachable!("refused at construction"),
        }
    }
}

fn send(network: &mut Network<Msg>, src: Id, dst: Id, msg: Msg) {
    match network {
        Network::UnorderedNonDuplicating(envelopes) => {
            *envelopes.entry(Envelope { src, dst, msg }).or_insert(0) += 1;
        }
        Network::Ordered(channels) => channels.entry((src, dst)).or_default().push_back(msg),
        Network::UnorderedDuplicating(..) => unreachable!("refused at construction"),
    }
}
