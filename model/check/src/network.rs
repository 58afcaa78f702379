//! The network between the replicas, of three kinds.
//!
//! None loses a message by an action of its own: on an unordered network a message that is never delivered is a
//! lost one, and every property is about replicas and disks, not about what is still under way.

use crate::digest::{digest, mix};
use katakv_core::{Message, NodeId, Reply, Request, RequestId};
use serde::{Deserialize, Serialize};

/// What travels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Msg {
    /// Between replicas.
    Peer(Message),
    /// From the client to a replica.
    Ask(Request),
    /// From a replica to the client.
    Answer(RequestId, Reply),
}

/// Who says what to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// What is said.
    pub msg: Msg,
    /// Of what is said, but for a replica that it names.
    digest: u64,
}

impl Envelope {
    pub(crate) fn new(from: NodeId, to: NodeId, msg: Msg) -> Envelope {
        let digest = match &msg {
            Msg::Answer(request, Reply::NotLeader { .. }) => digest(request),
            Msg::Answer(request, Reply::HandingOver { .. }) => digest(&(request, "handing over")),
            nameless => digest(nameless),
        };
        Envelope {
            from,
            to,
            msg,
            digest,
        }
    }

    /// A replica that the message names besides its ends.
    fn named(&self) -> Option<NodeId> {
        match &self.msg {
            Msg::Answer(_, Reply::NotLeader { leader }) => *leader,
            Msg::Answer(_, Reply::HandingOver { to }) => Some(*to),
            _ => None,
        }
    }

    fn key(&self) -> (NodeId, NodeId, u64, Option<NodeId>) {
        (self.from, self.to, self.digest, self.named())
    }
}

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkKind {
    /// First in, first out between any two: one TCP connection a direction, which breaks when its receiver
    /// crashes.
    Ordered,
    /// In any order, each at most once: connections break, and what was on them is gone or late.
    Unordered,
    /// In any order, any number of times.
    Duplicating,
}

/// The messages under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    kind: NetworkKind,
    /// Ordered: by channel, then by age. Else: by channel, then by content.
    envelopes: Vec<Envelope>,
}

impl Network {
    pub(crate) fn new(kind: NetworkKind) -> Network {
        Network {
            kind,
            envelopes: Vec::new(),
        }
    }

    /// How they travel.
    pub fn kind(&self) -> NetworkKind {
        self.kind
    }

    /// Every message under way.
    pub fn envelopes(&self) -> &[Envelope] {
        &self.envelopes
    }

    /// The messages that can be delivered next, each once.
    pub fn deliverable(&self) -> impl Iterator<Item = &Envelope> {
        let same_as_before = move |place: usize, envelope: &Envelope| {
            place > 0 && {
                let before = &self.envelopes[place - 1];
                match self.kind {
                    NetworkKind::Ordered => (before.from, before.to) == (envelope.from, envelope.to),
                    _ => before == envelope,
                }
            }
        };
        self.envelopes
            .iter()
            .enumerate()
            .filter(move |(place, envelope)| !same_as_before(*place, envelope))
            .map(|(_, envelope)| envelope)
    }

    pub(crate) fn send(&mut self, envelope: Envelope) {
        let place = match self.kind {
            NetworkKind::Ordered => self
                .envelopes
                .partition_point(|other| (other.from, other.to) <= (envelope.from, envelope.to)),
            _ => self
                .envelopes
                .partition_point(|other| other.key() < envelope.key()),
        };
        let already = self.envelopes.get(place) == Some(&envelope);
        if !(already && self.kind == NetworkKind::Duplicating) {
            self.envelopes.insert(place, envelope);
        }
    }

    /// Takes the message out, if delivery does that; `false` if it is not there.
    pub(crate) fn deliver(&mut self, from: NodeId, to: NodeId, msg: &Msg) -> bool {
        let found = self
            .envelopes
            .iter()
            .position(|envelope| (envelope.from, envelope.to) == (from, to) && envelope.msg == *msg);
        match found {
            Some(place) if self.kind != NetworkKind::Duplicating => {
                self.envelopes.remove(place);
                true
            }
            found => found.is_some(),
        }
    }

    /// Whether delivering what changes nothing still changes the network: the next in line moves up.
    pub(crate) fn delivery_matters(&self) -> bool {
        self.kind == NetworkKind::Ordered
    }

    /// `node` crashes: connections to it break, and with order kept, what was on them cannot come later.
    pub(crate) fn break_connections_to(&mut self, node: NodeId) {
        if self.kind == NetworkKind::Ordered {
            self.bury(|envelope| envelope.to == node);
        }
    }

    /// Drops the messages that `is_dead` tells of.
    pub(crate) fn bury(&mut self, is_dead: impl Fn(&Envelope) -> bool) {
        if self.envelopes.iter().any(&is_dead) {
            self.envelopes.retain(|envelope| !is_dead(envelope));
        }
    }

    /// The digest with every replica renamed that a message comes from, goes to, or names.
    pub(crate) fn digest_renamed(&self, name: impl Fn(NodeId) -> NodeId) -> u64 {
        let mut sum = 0u64;
        let mut place_in_channel = 0;
        for (place, envelope) in self.envelopes.iter().enumerate() {
            if self.kind == NetworkKind::Ordered {
                let continues = place > 0 && {
                    let before = &self.envelopes[place - 1];
                    (before.from, before.to) == (envelope.from, envelope.to)
                };
                place_in_channel = if continues { place_in_channel + 1 } else { 0 };
            }
            let named = envelope.named().map_or(0, |node| 1 + u64::from(name(node).0));
            let ends =
                named << 48 | u64::from(name(envelope.from).0) << 32 | u64::from(name(envelope.to).0) << 16;
            // A sum, so that the order in which they stand here does not matter.
            sum = sum.wrapping_add(mix([ends | place_in_channel, envelope.digest]));
        }
        sum
    }
}
