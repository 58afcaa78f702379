//! What travels, in words: what is said as a clause without its subject, and a label of a few letters for an arrow.

use crate::network::Msg;
use crate::words::Run;
use katakv_core::{AckLevel, EntryId, Message, NodeId, Op, Origin, Reply, Request, RequestBody, Transaction};
use std::fmt;

/// A message, as a clause: `asks for a vote in epoch 2; its last entry is e1:1`.
impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Msg::Peer(message) => peer(f, message),
            Msg::Ask(request) => asked(f, request),
            Msg::Answer(_, reply) => answered(f, reply),
        }
    }
}

fn peer(f: &mut fmt::Formatter<'_>, message: &Message) -> fmt::Result {
    match message {
        Message::RequestVote { epoch, last } => {
            write!(f, "asks for a vote in epoch {}; {}", epoch.0, Last(*last))
        }
        Message::Vote { epoch } => write!(f, "votes for it in epoch {}", epoch.0),
        Message::Append {
            epoch,
            prev,
            commit,
            entries,
        } => {
            match entries.is_empty() {
                true => write!(f, "says that it leads epoch {}", epoch.0)?,
                false => write!(f, "as leader of epoch {} appends {}", epoch.0, Run(entries))?,
            }
            write!(f, ", after {}; committed to {commit}", Place(*prev))
        }
        Message::Appended { epoch, matched } => {
            write!(f, "has synced everything to {matched}, in epoch {}", epoch.0)
        }
        Message::Rejected { epoch, prev, hint } => write!(
            f,
            "has another entry at {prev}, or none, in epoch {}; the logs may agree up to {}",
            epoch.0,
            Place(*hint)
        ),
        Message::PreVote { epoch, last } => write!(
            f,
            "asks, in epoch {}, whether it would be elected in the next; {}",
            epoch.0,
            Last(*last)
        ),
        Message::PreVoted { epoch } => write!(f, "would vote for it after epoch {}", epoch.0),
        Message::TimeoutNow { epoch } => {
            write!(f, "hands its leadership of epoch {} over to it", epoch.0)
        }
        Message::Snapshot { epoch, snapshot } => write!(
            f,
            "as leader of epoch {} sends the state after {}, {}, {}",
            epoch.0,
            snapshot.last(),
            snapshot.lineage,
            snapshot.state
        ),
        Message::Confirm { epoch, round } => {
            write!(
                f,
                "asks whether it is still followed in epoch {}, round {round}",
                epoch.0
            )
        }
        Message::Confirmed { epoch, round } => {
            write!(f, "still follows it in epoch {}, round {round}", epoch.0)
        }
        Message::Learned {
            epoch,
            incarnation,
            reached,
        } => write!(
            f,
            "as a learner of incarnation {incarnation} has everything to {reached}, in epoch {}",
            epoch.0
        ),
        Message::Lacking {
            epoch,
            incarnation,
            prev,
            ..
        } => write!(
            f,
            "as a learner of incarnation {incarnation} lacks {prev}, in epoch {}",
            epoch.0
        ),
    }
}

fn asked(f: &mut fmt::Formatter<'_>, request: &Request) -> fmt::Result {
    match &request.body {
        RequestBody::Write { op, level } => {
            write!(f, "{}, to be acknowledged at level {level}", Change(op))
        }
        RequestBody::Read { key, seen } => {
            write!(f, "reads {key}; its session has seen {}", Place(*seen))
        }
        RequestBody::Register => write!(f, "registers"),
        RequestBody::AnyRead { key } => write!(f, "reads {key}, of any age"),
        RequestBody::Scan { scan, seen } => {
            let (prefix, seen) = (&scan.prefix, Place(*seen));
            write!(
                f,
                "reads the keys that begin with {prefix}; its session has seen {seen}"
            )
        }
        RequestBody::Await { at, level } => write!(f, "asks whether {at} has reached level {level}"),
        RequestBody::Once { once, level } => {
            let Origin { client, seq, .. } = once.origin;
            write!(f, "as write {seq} of {client}, ")?;
            together(f, &once.transaction, *level)
        }
        RequestBody::Transact { transaction, level } => together(f, transaction, *level),
        RequestBody::Fate { at } => write!(f, "asks what became of {at}"),
        RequestBody::LinearizableRead { key } => write!(f, "reads the newest value of {key}"),
    }
}

fn together(f: &mut fmt::Formatter<'_>, transaction: &Transaction, level: AckLevel) -> fmt::Result {
    for condition in &transaction.conditions {
        match condition.version {
            Some(version) => write!(f, "if {} is {version}, ", condition.key)?,
            None => write!(f, "if {} is absent, ", condition.key)?,
        }
    }
    for op in &transaction.ops {
        write!(f, "{}, ", Change(op))?;
    }
    write!(f, "to be acknowledged at level {level}")
}

fn answered(f: &mut fmt::Formatter<'_>, reply: &Reply) -> fmt::Result {
    match reply {
        Reply::Written { at, copies } => write!(f, "acknowledges {at}, on {copies} disks"),
        Reply::Value {
            value: Some(value),
            at,
            ..
        } => write!(f, "answers {value}, as of {}", Place(*at)),
        Reply::Value { value: None, at, .. } => {
            write!(f, "answers that there is no value, as of {}", Place(*at))
        }
        Reply::NotCaughtUp { applied } => write!(
            f,
            "has applied only {}, not what the session has seen",
            Place(*applied)
        ),
        Reply::Lost(range) => write!(f, "says that {range} is LOST"),
        Reply::NotLeader { leader: Some(leader) } => write!(f, "does not lead; {leader} does"),
        Reply::NotLeader { leader: None } => write!(f, "does not lead, and knows no leader"),
        Reply::NotServing => write!(f, "leads, and does not serve yet"),
        Reply::Busy => write!(f, "is busy"),
        Reply::Unknown { at } => write!(f, "does not know whether {at} survives"),
        Reply::Conflict { at, version, .. } => match version {
            Some(version) => write!(f, "has changed nothing with {at}: the key is {version}"),
            None => write!(f, "has changed nothing with {at}: the key is absent"),
        },
        Reply::HandingOver { to } => write!(f, "hands over to {to}"),
        Reply::Fate { at, fate, .. } => write!(f, "says that the fate of {at} is {fate}"),
        Reply::AnyValue { value, at, lag, .. } => {
            let value = value
                .as_ref()
                .map_or("that there is no value".into(), ToString::to_string);
            write!(f, "answers {value}, as of {}, {lag} behind its log", Place(*at))
        }
        Reply::Page { page, at } => {
            write!(f, "answers {} keys, as of {}", page.items.len(), Place(*at))
        }
        Reply::NotYet { at, copies } => {
            write!(
                f,
                "says that {at} has not reached that level yet, on {copies} disks"
            )
        }
        Reply::ClientExpired => write!(f, "does not know the client any more"),
        Reply::TooManyOutstanding => write!(f, "remembers too many writes of the client"),
    }
}

/// A message in a few letters.
pub(crate) fn label(msg: &Msg) -> String {
    match msg {
        Msg::Peer(message) => match message {
            Message::RequestVote { epoch, .. } => format!("vote in {epoch}?"),
            Message::Vote { epoch } => format!("vote in {epoch}"),
            Message::Append { epoch, entries, .. } => match &entries[..] {
                [] => format!("heartbeat {epoch}"),
                [one] => format!("append {}", one.id),
                [first, .., last] => format!("append {}-{}", first.id, last.id.index),
            },
            Message::Appended { matched, .. } => format!("synced to {matched}"),
            Message::Rejected { prev, .. } => format!("lacks {prev}"),
            Message::TimeoutNow { .. } => "campaign!".into(),
            Message::PreVote { .. } => "pre-vote?".into(),
            Message::PreVoted { .. } => "pre-vote".into(),
            Message::Snapshot { snapshot, .. } => format!("state {}", snapshot.last()),
            Message::Confirm { round, .. } => format!("round {round}?"),
            Message::Confirmed { round, .. } => format!("round {round}"),
            Message::Learned { reached, .. } => format!("learned to {reached}"),
            Message::Lacking { prev, .. } => format!("learner lacks {prev}"),
        },
        Msg::Ask(request) => match &request.body {
            RequestBody::Write { op, .. } => brief(op),
            RequestBody::Read { .. } | RequestBody::LinearizableRead { .. } | RequestBody::AnyRead { .. } => {
                "get".into()
            }
            RequestBody::Transact { .. } => "transaction".into(),
            RequestBody::Scan { .. } => "scan".into(),
            RequestBody::Fate { at } => format!("fate {at}?"),
            RequestBody::Await { at, level } => format!("{at} {level}?"),
            RequestBody::Register => "register".into(),
            RequestBody::Once { once, .. } => format!("write {}", once.origin.seq),
        },
        Msg::Answer(_, reply) => match reply {
            Reply::Written { at, .. } => format!("ok {at}"),
            Reply::Value { value, .. } | Reply::AnyValue { value, .. } => {
                value.as_ref().map_or("none".into(), ToString::to_string)
            }
            Reply::NotCaughtUp { .. } => "not caught up".into(),
            Reply::NotYet { .. } => "not yet".into(),
            Reply::Page { page, .. } => format!("{} keys", page.items.len()),
            Reply::Lost(_) => "LOST".into(),
            Reply::NotLeader { .. } => "not leader".into(),
            Reply::NotServing => "not serving".into(),
            Reply::Busy => "busy".into(),
            Reply::Unknown { .. } => "unknown".into(),
            Reply::Conflict { .. } => "conflict".into(),
            Reply::HandingOver { .. } => "handing over".into(),
            Reply::Fate { fate, .. } => fate.to_string(),
            Reply::ClientExpired => "expired".into(),
            Reply::TooManyOutstanding => "too many".into(),
        },
    }
}

fn brief(op: &Op) -> String {
    match op {
        Op::Put { value, .. } => format!("put {value}"),
        Op::PutFor { value, ttl_ms, .. } => format!("put {value} for {ttl_ms}"),
        Op::Delete { key } => format!("delete {key}"),
    }
}

/// A change that is asked for.
struct Change<'a>(&'a Op);

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Op::Put { key, value } => write!(f, "puts {value} at {key}"),
            Op::PutFor {
                key, value, ttl_ms, ..
            } => write!(f, "puts {value} at {key} for {ttl_ms}"),
            Op::Delete { key } => write!(f, "deletes {key}"),
        }
    }
}

/// The end of a candidate's log.
struct Last(EntryId);

impl fmt::Display for Last {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            EntryId::ZERO => write!(f, "its log is empty"),
            last => write!(f, "its last entry is {last}"),
        }
    }
}

/// An entry, or the place before the first.
struct Place(EntryId);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            EntryId::ZERO => write!(f, "nothing"),
            id => write!(f, "{id}"),
        }
    }
}

/// Several names: `n0`, `n0 and n2`.
pub(crate) fn names(nodes: &[NodeId]) -> String {
    let names: Vec<String> = nodes
        .iter()
        .map(|node| crate::words::Name(*node).to_string())
        .collect();
    names.join(" and ")
}
