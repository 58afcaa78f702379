//! The router that the client's requests go through: who leads it is told late, or never, and it may forget all that it knows.
//!
//! A leader that begins to serve publishes that it was elected. What was published may be heard at any time, again, or never:
//! that is every delay, order, repetition and loss at once, so results need no network. The router sends a write to whom it
//! believes to lead, or to anybody if it believes in nobody; what a replica refuses it sends again, by what that one has said.
//! A read it sends to any replica. Of the session it holds nothing: the token is the client's, and travels with the read.

use crate::action::Action;
use crate::client::Client;
use crate::digest::mix;
use crate::network::Msg;
use crate::replica::{DynRules, Replica};
use crate::state::State;
use crate::system::System;
use katakv_core::{Directory, Elected, NodeId, Reply};

/// The router's state, and what there is for it to hear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Router {
    /// What it knows.
    pub directory: Directory,
    /// Every result that was ever published, in order.
    pub published: Vec<Elected>,
    /// How many times it has forgotten everything.
    pub forgets: u8,
    /// Whether it did so when the client's write was acknowledged, and before anything was read.
    pub forgot_within_session: bool,
}

impl Router {
    fn publish(&mut self, result: Elected) {
        if let Err(place) = self.published.binary_search(&result) {
            self.published.insert(place, result);
        }
    }

    fn forget(&mut self, client: Option<&Client>) {
        self.directory = Directory::default();
        self.forgets += 1;
        self.forgot_within_session |= client.is_some_and(Client::is_between_write_and_read);
    }

    /// An answer passes through. Says whether it refuses a write, which then is sent again.
    fn pass_on(&mut self, rules: &DynRules, from: NodeId, reply: &Reply) -> bool {
        let leader = match reply {
            Reply::NotLeader { leader } => *leader,
            Reply::HandingOver { to } => Some(*to),
            Reply::Written { .. } | Reply::Conflict { .. } | Reply::TooManyOutstanding => Some(from),
            Reply::Unknown { .. } | Reply::ClientExpired => None,
            // They tell nothing of who leads.
            Reply::Value { .. }
            | Reply::NotCaughtUp { .. }
            | Reply::Lost(_)
            | Reply::NotServing
            | Reply::Busy
            | Reply::AnyValue { .. }
            | Reply::NotYet { .. }
            | Reply::Page { .. }
            | Reply::Fate { .. } => self.directory.leader(),
        };
        self.directory.correct(rules, leader);
        matches!(
            reply,
            Reply::NotLeader { .. } | Reply::HandingOver { .. } | Reply::NotServing | Reply::Busy
        )
    }

    pub(crate) fn digest_renamed(&self, name: impl Fn(NodeId) -> NodeId) -> u64 {
        let told = |result: Elected| result.epoch.0 << 8 | u64::from(name(result.leader).0);
        // A sum, so that two results of one epoch have no order.
        let published = self
            .published
            .iter()
            .fold(0u64, |sum, result| sum.wrapping_add(mix([told(*result)])));
        let believed = self.directory.leader();
        mix([
            published,
            self.directory.elected().map_or(0, told),
            believed.map_or(0, |leader| 1 + u64::from(name(leader).0)),
            u64::from(self.forgets) << 1 | u64::from(self.forgot_within_session),
        ])
    }
}

impl System {
    /// What may happen to the router.
    pub(crate) fn enabled_at_router(&self, state: &State, actions: &mut Vec<Action>) {
        let (Some(router), Some(forgets)) = (&state.router, self.scope.router) else {
            return;
        };
        actions.extend(
            router
                .published
                .iter()
                .map(|result| Action::Hear { result: *result }),
        );
        // Who knows nothing has nothing to forget.
        if router.forgets < forgets && router.directory != Directory::default() {
            actions.push(Action::Forget);
        }
    }

    /// The client's next request, if this replica may get it. Its write goes to whom the router believes to lead; without a
    /// router, to who does.
    pub(crate) fn enabled_asking(&self, state: &State, replica: &Replica, actions: &mut Vec<Action>) {
        let (Some(client), Some(script)) = (&state.client, &self.scope.client) else {
            return;
        };
        let node = replica.node().id();
        let takes_writes = match &state.router {
            Some(router) => router.directory.leader().is_none_or(|leader| leader == node),
            None => replica.node().serving(),
        };
        if client.can_ask(script) && (takes_writes || !client.writes_next()) {
            actions.push(Action::Ask { node });
        }
    }

    /// The router's part of an action, and of what it has led to.
    pub(crate) fn route(&self, next: &mut State, action: &Action) {
        let Some(router) = &mut next.router else {
            return;
        };
        match action {
            Action::Hear { result } => {
                router.directory.hear(self.rules, *result);
            }
            Action::Forget => router.forget(next.client.as_ref()),
            Action::Deliver {
                from,
                msg: Msg::Answer(_, reply),
                ..
            } => {
                if router.pass_on(self.rules, *from, reply)
                    && let Some(client) = &mut next.client
                {
                    client.asks_again();
                }
            }
            // All else happens to replicas, and passes no router.
            _ => {}
        }
        let serving = next
            .replicas
            .iter()
            .filter_map(|replica| replica.node().elected());
        serving.for_each(|result| router.publish(result));
    }
}
