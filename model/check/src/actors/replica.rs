//! A replica as a Stateright [`Actor`].

use crate::ledger::Ledger;
use crate::network::Msg;
use crate::replica::{DynRules, Replica};
use crate::system::MEMBERS;
use katakv_core::{Config, Effect, Input, Limits, NodeId, Timer};
use stateright::actor::{Actor, Id, Out, model_timeout};
use std::borrow::Cow;
use std::hash::{Hash, Hasher};

/// A replica as a Stateright actor. Its disk is part of its state: Stateright's own `Save` is atomic with the sends
/// of the same handler, and would hide a missing sync.
#[derive(Clone)]
pub struct ReplicaActor {
    pub(super) rules: &'static DynRules,
    pub(super) limits: Limits,
}

impl Hash for Replica {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.digest_of(false));
    }
}

impl Hash for Ledger {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.digest_renamed(|id| id));
    }
}

impl Actor for ReplicaActor {
    type Msg = Msg;
    type Timer = Timer;
    type State = Replica;
    type Storage = ();
    type Random = ();

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> Replica {
        let replica = Replica::new(self.rules, Config::new(node(id), MEMBERS, self.limits));
        out.set_timer(replica.timer(), model_timeout());
        replica
    }

    fn on_msg(&self, _: Id, state: &mut Cow<'_, Replica>, src: Id, msg: Msg, out: &mut Out<Self>) {
        let Msg::Peer(message) = msg else { return };
        let from = node(src);
        self.handle(state, Input::Receive { from, message }, out);
    }

    fn on_timeout(&self, _: Id, state: &mut Cow<'_, Replica>, timer: &Timer, out: &mut Out<Self>) {
        self.handle(state, Input::Timeout(*timer), out);
        // A timer that has fired is gone until it is set again.
        out.set_timer(state.timer(), model_timeout());
    }
}

impl ReplicaActor {
    fn handle(&self, state: &mut Cow<'_, Replica>, input: Input, out: &mut Out<Self>) {
        let mut effects = Vec::new();
        let after = state.after(self.rules, input, &mut effects);
        self.become_after(state, after, &effects, out);
    }

    /// Takes the new state, if it differs: what is not touched here is a step without effect to Stateright.
    fn become_after(
        &self,
        state: &mut Cow<'_, Replica>,
        after: Replica,
        effects: &[Effect],
        out: &mut Out<Self>,
    ) {
        if after.timer() != state.timer() {
            out.cancel_timer(state.timer());
            out.set_timer(after.timer(), model_timeout());
        }
        for effect in effects {
            match effect {
                Effect::Send { to, message } => out.send(id(*to), Msg::Peer(message.clone())),
                Effect::Reply { request, reply } => {
                    out.send(id(crate::client::CLIENT), Msg::Answer(*request, reply.clone()));
                }
                Effect::Persist(_) | Effect::Arm(_) => {}
            }
        }
        if after.digest_of(false) != state.digest_of(false) {
            *state = Cow::Owned(after);
        }
    }
}

pub(super) fn id(node: NodeId) -> Id {
    Id::from(usize::from(node.0))
}

pub(super) fn node(id: Id) -> NodeId {
    NodeId(usize::from(id) as u8)
}
