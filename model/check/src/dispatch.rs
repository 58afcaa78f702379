//! Where the effects of a step go: messages to the network, acknowledgements into the ledger, answers to the client.

use crate::client::{CLIENT, FIRST_READ, Script};
use crate::idle::NOBODY;
use crate::network::{Envelope, Msg};
use crate::numbered::FIRST_REGISTRATION;
use crate::scope::Start;
use crate::state::State;
use crate::system::System;
use katakv_core::{Effect, NodeId, Reply, RequestId};
use std::sync::Arc;

impl System {
    /// Whether the client actor waits for the answer: it asks reads, and its own write if it has one.
    pub(crate) fn asked_by_client(&self, request: RequestId) -> bool {
        let asks = |script: &Script| script.write.is_some() || request.0 >= FIRST_READ;
        self.scope.client.as_ref().is_some_and(asks)
    }

    /// Messages go to the network, acknowledgements into the ledger, answers to the client actor.
    pub(crate) fn dispatch(&self, next: &mut State, node: NodeId, effects: &[Effect]) {
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
