//! The system: a scope, and the rules that it is run under.
//!
//! It has three verbs. [`System::initial`] says where it begins, [`System::enabled`] (in `enabled.rs`) what may
//! happen next, [`System::perform`] (in `perform.rs`) what comes of it. Stateright is handed the three in
//! `model.rs`; whoever replays a trace on real nodes uses them directly.

use crate::action::{Action, Loss};
use crate::client::Client;
use crate::coverage::Coverage;
use crate::history::History;
use crate::ledger::Ledger;
use crate::memo::Memo;
use crate::network::Network;
use crate::notice::Notice;
use crate::observe::Observed;
use crate::replica::{DynRules, Replica};
use crate::router::Router;
use crate::scope::{Scope, Start};
use crate::state::State;
use crate::witnesses;
use katakv_core::{Bytes, Config, NodeId, Op, REPLICAS, Timer};
use std::sync::Arc;

/// The members of the one partition group that is modelled.
pub const MEMBERS: [NodeId; REPLICAS] = [NodeId(0), NodeId(1), NodeId(2)];

/// A scope with the rules that it is run under.
pub struct System {
    /// The bounds.
    pub scope: Scope,
    /// The decisions.
    pub rules: &'static DynRules,
    pub(crate) observed: Observed,
    /// The witnesses that are looked for, as bits: few steps show any, and there are more of them than properties.
    pub(crate) looked_for: u128,
    pub(crate) memo: Memo,
    /// Where it is noted what occurs, if that is asked for.
    pub(crate) coverage: Option<&'static Coverage>,
    /// What Stateright's Explorer shows, if the system is explored by a person: each property by name, at the cost of
    /// speed, and pictures.
    pub(crate) explored: Option<Notice>,
    key: Bytes,
    values: Vec<Bytes>,
}

impl System {
    /// `scope`, under `rules`.
    pub fn new(scope: Scope, rules: &'static DynRules) -> System {
        assert!(
            scope.reads == 0 || (scope.client.is_none() && scope.transactions == 0),
            "a history is of blind writes and linearizable reads"
        );
        assert!(
            scope.start == Start::Registered || (scope.retries == 0 && scope.registrations == 0),
            "what is sent again is numbered"
        );
        assert!(
            scope.ttl.is_none() || (scope.start != Start::Registered && !scope.deletes && scope.reads == 0),
            "what lives for a while is a blind put, and no history knows when it goes"
        );
        assert!(
            scope.router.is_none() || scope.client.is_some(),
            "a router passes a client's requests on"
        );
        let client_writes = u8::from(scope.client.is_some_and(|script| script.write.is_some()));
        System {
            scope,
            rules,
            observed: Observed::default(),
            looked_for: witnesses::bits(scope.shows.iter().copied()),
            memo: Memo::default(),
            coverage: None,
            explored: None,
            key: Bytes::from("k"),
            values: (0..scope.writes.max(client_writes) + scope.transactions)
                .map(|write| Bytes::from(format!("v{write}").as_str()))
                .collect(),
        }
    }

    /// The same, on the look-out for every witness, and not only for those that its scope must show.
    pub fn looking_for_all(self) -> System {
        System {
            looked_for: witnesses::bits(witnesses::all().map(|witness| witness.name)),
            ..self
        }
    }

    /// `scope` under the sound rules, with an eye on what occurs.
    pub(crate) fn covering(scope: Scope) -> System {
        // Rules live as long as the process, and these are a few hundred bytes.
        let coverage: &'static Coverage = Box::leak(Box::default());
        System {
            coverage: Some(coverage),
            ..System::new(scope, coverage).looking_for_all()
        }
    }

    /// The same, for somebody who looks at it in the Explorer.
    pub(crate) fn for_explorer(self, notice: Notice) -> System {
        System {
            explored: Some(notice),
            ..self
        }
    }

    /// The one key that is written.
    pub fn key(&self) -> &Bytes {
        &self.key
    }

    /// The value of a write.
    pub fn value(&self, write: u8) -> &Bytes {
        &self.values[usize::from(write)]
    }

    /// What a write changes.
    pub fn op(&self, write: u8) -> Op {
        let key = self.key.clone();
        let value = || self.value(write).clone();
        match self.scope.ttl {
            Some(ttl) => Op::PutFor {
                key,
                value: value(),
                ttl_ms: u64::from(ttl),
                since_ms: 0,
            },
            None if self.scope.deletes && write % 2 == 1 => Op::Delete { key },
            None => Op::Put { key, value: value() },
        }
    }

    /// The same, at a node whose clock shows `now_ms`.
    pub(crate) fn op_at(&self, write: u8, now_ms: u64) -> Op {
        let mut op = self.op(write);
        if let Op::PutFor { since_ms, .. } = &mut op {
            *since_ms = now_ms;
        }
        op
    }

    /// Whether a log's `op` is what a write changes. From when on it counts is its leader's affair.
    pub(crate) fn is_op_of(&self, op: &Op, write: u8) -> bool {
        let since_ms = match op {
            Op::PutFor { since_ms, .. } => *since_ms,
            Op::Put { .. } | Op::Delete { .. } => 0,
        };
        *op == self.op_at(write, since_ms)
    }

    /// The write that a value is of.
    pub(crate) fn write_of(&self, value: &Bytes) -> Option<u8> {
        let place = self.values.iter().position(|other| other == value);
        place.map(|place| place as u8)
    }

    /// The state that the scope begins with.
    pub fn initial(&self) -> State {
        self.prelude_with(|_| {})
    }

    /// The steps that bring empty disks to the state that the scope begins with. For whoever has no other way to
    /// get there.
    pub fn prelude(&self) -> Vec<Action> {
        let mut steps = Vec::new();
        self.prelude_with(|action| steps.push(action.clone()));
        steps
    }

    fn prelude_with(&self, mut tell: impl FnMut(&Action)) -> State {
        let mut state = self.empty();
        let mut next = match self.scope.start {
            Start::Fresh => None,
            Start::Leading | Start::Registered => Some(Action::Timeout {
                node: NodeId(0),
                timer: Timer::Election,
            }),
        };
        while let Some(action) = next {
            tell(&action);
            let outcome = self.perform(&state, &action);
            state = outcome
                .expect("what is enabled and changes something is possible")
                .state;
            next = self.settling(&state).or_else(|| self.registering(&state));
        }
        state
    }

    /// Three empty disks.
    pub fn empty(&self) -> State {
        let config = |id| Config::new(id, MEMBERS, self.scope.limits);
        let mut state = State {
            replicas: MEMBERS.map(|id| {
                let replica = Replica::new(self.rules, config(id));
                Arc::new(match self.scope.losses.1.contains(&Loss::Record) {
                    true => replica.with_perishable_disk(),
                    false => replica,
                })
            }),
            network: Network::new(self.scope.network),
            ledger: Arc::new(Ledger {
                history: (self.scope.reads > 0).then(History::new),
                ..Ledger::default()
            }),
            client: self.scope.client.as_ref().map(Client::new),
            router: self.scope.router.map(|_| Router::default()),
            digest: 0,
        };
        state.seal(self.scope.symmetry);
        state
    }

    /// The registration of the scope's own client, once all before is settled.
    fn registering(&self, state: &State) -> Option<Action> {
        let registers = self.scope.start == Start::Registered && state.ledger.numbered.registrations == 0;
        registers.then_some(Action::Register { node: NodeId(0) })
    }

    /// A sync or a delivery, while there is one that changes something. Where messages stay after their delivery, many
    /// can be delivered that lead back to the same state.
    pub(crate) fn settling(&self, state: &State) -> Option<Action> {
        let mut actions = Vec::new();
        self.enabled(state, &mut actions);
        actions
            .into_iter()
            .filter(|action| matches!(action, Action::Sync { .. } | Action::Deliver { .. }))
            .find(|action| {
                let outcome = self.perform(state, action);
                outcome.is_some_and(|outcome| outcome.state.digest() != state.digest())
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::NetworkKind;
    use katakv_core::Sound;

    #[test]
    fn a_leader_is_elected_before_the_start_on_every_network() {
        for network in [
            NetworkKind::Ordered,
            NetworkKind::Unordered,
            NetworkKind::Duplicating,
        ] {
            let scope = Scope {
                start: Start::Leading,
                network,
                ..Scope::BASE
            };
            assert!(
                System::new(scope, &Sound)
                    .initial()
                    .replica(NodeId(0))
                    .node()
                    .serving()
            );
        }
    }
}
