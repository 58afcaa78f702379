//! What kind of edge of the model a step is: what the replica was, what it was given, what it did, and what it then was.
//! What only grows with time (epochs, indexes, rounds) is left out, so that a step of a long-lived cluster and one of a
//! small scope are the same kind of edge if they are the same decision.

use crate::graph::Graph;
use katakv_core::{Base, Effect, Input, Log, Message, Node, Reply, RequestBody, Role, Store, Timer};
use katakv_model::{Scope, System};
use std::collections::BTreeMap;
use std::fmt;

/// What a replica is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stance {
    /// A follower that knows no leader.
    Leaderless,
    /// A follower of a leader.
    Follower,
    /// It asks whether it would be elected.
    PreCandidate,
    /// It asks for votes.
    Candidate,
    /// It leads, and its barrier is not committed.
    NewLeader,
    /// It leads and serves.
    Leader,
}

impl Stance {
    /// That of a replica.
    pub fn of<L: Log, S: Store>(node: &Node<L, S>) -> Stance {
        match node.role() {
            Role::Follower { leader: None } => Stance::Leaderless,
            Role::Follower { leader: Some(_) } => Stance::Follower,
            Role::PreCandidate { .. } => Stance::PreCandidate,
            Role::Candidate { .. } => Stance::Candidate,
            Role::Leader(_) if node.serving() => Stance::Leader,
            Role::Leader(_) => Stance::NewLeader,
        }
    }
}

/// A kind of edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    /// What happens.
    pub kind: Kind,
    before: Stance,
    after: Stance,
    /// What is done, as bits: see `bits`.
    done: u64,
}

/// What happens to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A message arrives: which, by `message`.
    Message(u8),
    /// The election timer fires.
    Election,
    /// The heartbeat timer fires.
    Heartbeat,
    /// Records are synced.
    Synced,
    /// Clients ask: which kinds of request the batch has, as bits by `request`.
    Requests(u8),
    /// The log is compacted.
    Compact,
    /// A leader is to hand over.
    Transfer,
    /// It crashes or stops, and restarts.
    Restart,
}

const MESSAGES: [&str; 13] = [
    "RequestVote",
    "Vote",
    "Append",
    "Appended",
    "Rejected",
    "PreVote",
    "PreVoted",
    "Snapshot",
    "Confirm",
    "Confirmed",
    "TimeoutNow",
    "Learned",
    "Lacking",
];

fn message(message: &Message) -> u8 {
    match message {
        Message::RequestVote { .. } => 0,
        Message::Vote { .. } => 1,
        Message::Append { .. } => 2,
        Message::Appended { .. } => 3,
        Message::Rejected { .. } => 4,
        Message::PreVote { .. } => 5,
        Message::PreVoted { .. } => 6,
        Message::Snapshot { .. } => 7,
        Message::Confirm { .. } => 8,
        Message::Confirmed { .. } => 9,
        Message::TimeoutNow { .. } => 10,
        Message::Learned { .. } => 11,
        Message::Lacking { .. } => 12,
    }
}

const REQUESTS: [&str; 10] = [
    "write",
    "read",
    "transaction",
    "fate",
    "linearizable read",
    "registration",
    "numbered write",
    "read of any age",
    "awaited level",
    "scan",
];

fn request(body: &RequestBody) -> u8 {
    match body {
        RequestBody::Write { .. } => 0,
        RequestBody::Read { .. } => 1,
        RequestBody::Transact { .. } => 2,
        RequestBody::Fate { .. } => 3,
        RequestBody::LinearizableRead { .. } => 4,
        RequestBody::Register => 5,
        RequestBody::Once { .. } => 6,
        RequestBody::AnyRead { .. } => 7,
        RequestBody::Await { .. } => 8,
        RequestBody::Scan { .. } => 9,
    }
}

fn reply(reply: &Reply) -> u8 {
    match reply {
        Reply::Written { .. } => 0,
        Reply::Value { .. } => 1,
        Reply::NotCaughtUp { .. } => 2,
        Reply::Lost(_) => 3,
        Reply::NotLeader { .. } => 4,
        Reply::NotServing => 5,
        Reply::Busy => 6,
        Reply::Unknown { .. } => 7,
        Reply::Conflict { .. } => 8,
        Reply::Fate { .. } => 9,
        Reply::HandingOver { .. } => 10,
        Reply::ClientExpired => 11,
        Reply::TooManyOutstanding => 12,
        Reply::AnyValue { .. } => 13,
        Reply::NotYet { .. } => 14,
        Reply::Page { .. } => 15,
    }
}

/// The bit of an effect. Of records there is one for each part, of messages one for each kind, of answers as well.
fn bits(effect: &Effect) -> u64 {
    const SENDS_FROM: u8 = 8;
    const REPLIES_FROM: u8 = 32;
    match effect {
        Effect::Persist(record) => {
            let base = match &record.base {
                None => 0,
                Some(Base::Compacted(_)) => 1 << 2,
                Some(Base::Installed(_)) => 1 << 3,
            };
            u64::from(record.hard.is_some()) | u64::from(record.tail.is_some()) << 1 | base
        }
        Effect::Arm(Timer::Election) => 1 << 4,
        Effect::Arm(Timer::Heartbeat) => 1 << 5,
        Effect::Send { message: sent, .. } => 1 << (SENDS_FROM + message(sent)),
        Effect::Reply { reply: given, .. } => 1 << (REPLIES_FROM + reply(given)),
    }
}

impl Shape {
    /// What an input is.
    pub fn kind_of(input: &Input) -> Kind {
        match input {
            Input::Receive {
                message: received, ..
            } => Kind::Message(message(received)),
            Input::Timeout(Timer::Election) => Kind::Election,
            Input::Timeout(Timer::Heartbeat) => Kind::Heartbeat,
            Input::Requests(requests) => Kind::Requests(
                requests
                    .iter()
                    .fold(0, |bits, asked| bits | 1 << request(&asked.body)),
            ),
            Input::Synced(_) => Kind::Synced,
            Input::Compact { .. } => Kind::Compact,
            Input::Transfer { .. } => Kind::Transfer,
        }
    }

    /// A step of a replica that was `before`; it remains what it was, until [`Shape::to`] says otherwise.
    pub fn of(kind: Kind, before: Stance, effects: &[Effect]) -> Shape {
        let done = effects.iter().fold(0, |done, effect| done | bits(effect));
        Shape {
            kind,
            before,
            after: before,
            done,
        }
    }

    /// What the replica is after the step.
    pub fn to(self, after: Stance) -> Shape {
        Shape { after, ..self }
    }

    /// A restart.
    pub fn of_crash(before: Stance, after: Stance) -> Shape {
        Shape::of(Kind::Restart, before, &[]).to(after)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Message(place) => f.pad(MESSAGES[usize::from(*place)]),
            Kind::Election => f.pad("election timer"),
            Kind::Heartbeat => f.pad("heartbeat timer"),
            Kind::Synced => f.pad("records synced"),
            Kind::Requests(bits) if bits.count_ones() == 1 => f.pad(REQUESTS[bits.trailing_zeros() as usize]),
            Kind::Requests(_) => f.pad("a mixed batch"),
            Kind::Compact => f.pad("log compacted"),
            Kind::Transfer => f.pad("hand-over wanted"),
            Kind::Restart => f.pad("restart"),
        }
    }
}

/// Kinds of edges, and how often each was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(BTreeMap<Shape, u64>);

impl Seen {
    /// One more.
    pub fn note(&mut self, shape: Shape) {
        *self.0.entry(shape).or_default() += 1;
    }

    /// Those of a scope's graph, each edge once.
    pub fn of_scope(scope: Scope) -> Seen {
        let mut seen = Seen::default();
        let system = System::new(scope, &katakv_core::Sound);
        Graph::walk(&system, |state, action, outcome| {
            let node = action.node();
            let (before, after) = (
                Stance::of(state.replica(node).node()),
                Stance::of(outcome.state.replica(node).node()),
            );
            seen.note(match &outcome.input {
                Some((_, input)) => Shape::of(Shape::kind_of(input), before, &outcome.effects).to(after),
                None => Shape::of_crash(before, after),
            });
        });
        seen
    }

    /// Adds what another has seen.
    pub fn merge(&mut self, other: &Seen) {
        for (shape, times) in &other.0 {
            *self.0.entry(*shape).or_default() += times;
        }
    }

    /// How many kinds of edges there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many kinds of edges both have seen.
    pub fn in_common(&self, other: &Seen) -> usize {
        self.0.keys().filter(|shape| other.0.contains_key(shape)).count()
    }

    /// For each kind of event: how many kinds of edges there are.
    pub fn by_kind(&self) -> BTreeMap<String, Seen> {
        let mut rows: BTreeMap<String, Seen> = BTreeMap::new();
        for (shape, times) in &self.0 {
            let row = rows.entry(shape.kind.to_string()).or_default();
            row.0.insert(*shape, *times);
        }
        rows
    }
}
