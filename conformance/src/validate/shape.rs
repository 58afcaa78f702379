//! What kind of edge of the model a step is: what the replica was, what it was given, what it did, and what it then was.
//! What only grows with time (epochs, indexes, rounds) is left out, so that a step of a long-lived cluster and one of a
//! small scope are the same kind of edge if they are the same decision.

use crate::graph::Class;
use katakv_core::{
    Base, Effect, EntryId, Epoch, Index, Input, Log, Message, Node, Reply, RequestBody, Role, Store, Timer,
};
use katakv_model::{Action, StoreFate};
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
    Requests(u16),
    /// The log is compacted.
    Compact,
    /// A leader is to hand over.
    Transfer,
    /// The clock has got somewhere.
    Clock,
    /// It crashes or stops, and restarts: what that took, as bits.
    Restart(u8),
}

/// What a restart can take: records that were not synced, what the store had applied last, the whole disk.
const RECORDS: u8 = 1;
const STORE: u8 = 1 << 1;
const DISK: u8 = 1 << 2;

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

fn request(body: &RequestBody) -> u16 {
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

/// What of a replica a step may change, so far as kinds of edges tell it apart.
#[derive(Clone, Copy, Debug)]
pub struct Pose {
    stance: Stance,
    epoch: Epoch,
    last: EntryId,
    commit: Index,
    applied: Index,
}

impl Pose {
    /// That of a replica.
    pub fn of<L: Log, S: Store>(node: &Node<L, S>) -> Pose {
        Pose {
            stance: Stance::of(node),
            epoch: node.epoch(),
            last: node.log().last(),
            commit: node.commit(),
            applied: node.applied().index,
        }
    }
}

impl Shape {
    /// A step that an input led to.
    pub fn of_step(kind: Kind, before: Pose, effects: &[Effect], after: Pose) -> Shape {
        let moves = [
            after.epoch > before.epoch,
            // Truncated, or what stood there is another entry.
            after.last.index < before.last.index || after.last.epoch != before.last.epoch,
            after.commit > before.commit,
            after.applied > before.applied,
        ];
        const MOVES_FROM: u8 = 24;
        let moved = (0..).zip(moves).fold(0, |bits, (place, moved)| {
            bits | u64::from(moved) << (MOVES_FROM + place)
        });
        Shape {
            kind,
            before: before.stance,
            after: after.stance,
            done: effects.iter().fold(moved, |done, effect| done | bits(effect)),
        }
    }

    /// A restart.
    pub fn of_restart(kind: Kind, before: Stance, after: Stance) -> Shape {
        Shape {
            kind,
            before,
            after,
            done: 0,
        }
    }
}

impl Kind {
    /// What an input is.
    pub fn of(input: &Input) -> Kind {
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
            Input::Clock { .. } => Kind::Clock,
        }
    }

    /// A restart that took records that were not synced, or of the store what it had applied last.
    pub fn of_restart(records: bool, store: bool) -> Kind {
        Kind::Restart((u8::from(records) * RECORDS) | (u8::from(store) * STORE))
    }

    /// A restart with an empty disk.
    pub const REFILL: Kind = Kind::Restart(DISK);

    /// A crash of the model.
    pub fn of_crash(action: &Action) -> Kind {
        match action {
            Action::Crash { keep, of, store, .. } => {
                Kind::of_restart(keep < of, matches!(store, StoreFate::Lost))
            }
            _ => Kind::REFILL,
        }
    }

    /// The class of edges that it belongs to, where no action of the model says so.
    pub fn class(self) -> Class {
        const WRITES: u16 = 1 | 1 << 2 | 1 << 5 | 1 << 6;
        match self {
            Kind::Message(_) => Class::Delivery,
            Kind::Election | Kind::Heartbeat => Class::Timeout,
            Kind::Synced => Class::Sync,
            Kind::Requests(bits) if bits & WRITES != 0 => Class::Write,
            Kind::Requests(_) => Class::Read,
            Kind::Compact => Class::Compaction,
            Kind::Transfer => Class::Transfer,
            Kind::Clock => Class::Time,
            Kind::Restart(DISK) => Class::Loss,
            Kind::Restart(taken) if taken & STORE != 0 => Class::CrashLosesStore,
            Kind::Restart(taken) if taken & RECORDS != 0 => Class::CrashLosesRecords,
            Kind::Restart(_) => Class::CrashKeepsAll,
        }
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
            Kind::Clock => f.pad("the time"),
            Kind::Restart(_) => f.pad("restart"),
        }
    }
}
