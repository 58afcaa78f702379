//! What became of each message: sent in one step, delivered in another, or in none.

use crate::action::Action;
use crate::client::CLIENT;
use crate::network::{Envelope, Msg, NetworkKind};
use crate::said;
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, Effect, NodeId, Reply, RequestId};

/// A message on its way.
pub(super) struct Flight {
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    /// What it says, in a few letters, and in full.
    pub(super) label: String,
    pub(super) words: String,
    /// The step that sent it.
    pub(super) sent: usize,
    /// The steps that delivered it: several, on a network that duplicates.
    pub(super) landed: Vec<usize>,
    /// Whether it cannot be delivered any more.
    pub(super) lost: bool,
    msg: Option<Msg>,
}

impl Flight {
    /// Whether it is asked and answered in one step: where clients are not on the network.
    pub(super) fn is_at_once(&self) -> bool {
        self.landed.first() == Some(&self.sent)
    }

    /// Whether it is such an answer.
    pub(super) fn is_reply_at_once(&self) -> bool {
        self.is_at_once() && self.to == CLIENT
    }
}

/// The messages of a trace, as its steps are taken.
pub(super) struct Flights<'a> {
    system: &'a System,
    all: Vec<Flight>,
}

impl Flights<'_> {
    pub(super) fn new(system: &System) -> Flights<'_> {
        Flights {
            system,
            all: Vec::new(),
        }
    }

    /// Takes a step: what it delivers, what it sends, and what is gone after it.
    pub(super) fn take(&mut self, step: usize, action: &Action, effects: &[Effect], after: &State) {
        let duplicating = self.system.scope.network == NetworkKind::Duplicating;
        match action {
            Action::Deliver { from, to, msg } => {
                let is_it = |flight: &&mut Flight| {
                    (flight.from, flight.to, flight.msg.as_ref()) == (*from, *to, Some(msg))
                        && (duplicating || flight.landed.is_empty())
                };
                if let Some(flight) = self.all.iter_mut().find(is_it) {
                    flight.landed.push(step);
                }
            }
            Action::Write { node, level, count } => self.ask(step, *node, &wish(*level, *count)),
            Action::Transact { node, .. } => self.ask(step, *node, "transaction"),
            Action::Read { node } => self.ask(step, *node, "get"),
            Action::Transfer { node, to } => self.ask(step, *node, &format!("hand over to {to}")),
            Action::Once { node, write, .. } => self.ask(step, *node, &format!("write {}", write + 1)),
            Action::Register { node } => self.ask(step, *node, "register"),
            Action::Timeout { .. }
            | Action::Sync { .. }
            | Action::Crash { .. }
            | Action::Lose { .. }
            | Action::Ask { .. }
            | Action::Compact { .. }
            | Action::Tick { .. }
            | Action::Expire { .. }
            | Action::Idle { .. }
            | Action::Hear { .. }
            | Action::Forget => {}
        }
        let node = action.node();
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.send(step, node, *to, Msg::Peer(message.clone())),
                Effect::Reply { request, reply } => self.reply(step, node, *request, reply),
                Effect::Persist(_) | Effect::Arm(_) => {}
            }
        }
        // The client's question is not an effect of a replica.
        if let Action::Ask { node } = action {
            let is_it = |envelope: &&Envelope| envelope.from == CLIENT && envelope.to == *node;
            if let Some(envelope) = after.network().envelopes().iter().rfind(is_it) {
                self.send(step, CLIENT, *node, envelope.msg.clone());
            }
        }
        self.mark_lost(after);
    }

    /// All of them.
    pub(super) fn landed(self) -> Vec<Flight> {
        self.all
    }

    fn send(&mut self, step: usize, from: NodeId, to: NodeId, msg: Msg) {
        let same = |flight: &Flight| (flight.from, flight.to, flight.msg.as_ref()) == (from, to, Some(&msg));
        // There such a network keeps one of each.
        if self.system.scope.network == NetworkKind::Duplicating && self.all.iter().any(same) {
            return;
        }
        self.all.push(Flight {
            from,
            to,
            label: said::label(&msg),
            words: format!("{} → {}: {msg}", crate::words::Name(from), crate::words::Name(to)),
            sent: step,
            landed: Vec::new(),
            lost: false,
            msg: Some(msg),
        });
    }

    fn reply(&mut self, step: usize, node: NodeId, request: RequestId, reply: &Reply) {
        let answer = Msg::Answer(request, reply.clone());
        if self.system.asked_by_client(request) {
            self.send(step, node, CLIENT, answer);
        } else {
            let words = format!("{node} → client: {answer}");
            self.at_once(step, node, CLIENT, said::label(&answer), words);
        }
    }

    fn ask(&mut self, step: usize, node: NodeId, wish: &str) {
        self.at_once(
            step,
            CLIENT,
            node,
            wish.to_owned(),
            format!("client → {node}: {wish}"),
        );
    }

    fn at_once(&mut self, step: usize, from: NodeId, to: NodeId, label: String, words: String) {
        self.all.push(Flight {
            from,
            to,
            label,
            words,
            sent: step,
            landed: vec![step],
            lost: false,
            msg: None,
        });
    }

    /// What is under way by these books and not by the network's: a broken connection took it, or its epoch is over for its
    /// receiver.
    fn mark_lost(&mut self, after: &State) {
        let mut under_way: Vec<&Envelope> = after.network().envelopes().iter().collect();
        for flight in self.all.iter_mut().rev() {
            let Some(msg) = &flight.msg else { continue };
            if flight.lost
                || (!flight.landed.is_empty() && self.system.scope.network != NetworkKind::Duplicating)
            {
                continue;
            }
            let is_it = |envelope: &&Envelope| {
                (envelope.from, envelope.to, &envelope.msg) == (flight.from, flight.to, msg)
            };
            match under_way.iter().position(is_it) {
                Some(place) => drop(under_way.swap_remove(place)),
                None => flight.lost = true,
            }
        }
    }
}

fn wish(level: AckLevel, count: u8) -> String {
    match count {
        1 => format!("put, {level}"),
        _ => format!("{count} puts, {level}"),
    }
}
