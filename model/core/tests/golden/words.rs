//! Effects and states in words, one a line.

use crate::cluster::{Envelope, Replica};
use katakv_core::*;

/// `n0 → n1: Vote e1`.
pub fn envelope(envelope: &Envelope) -> String {
    let Envelope { from, to, message } = envelope;
    format!("{from} → {to}: {message}")
}

/// What the caller of `step` is told to do.
pub fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Persist(wanted) => format!("persist {}", record(wanted)),
        Effect::Send { to, message } => format!("send {to}: {message}"),
        Effect::Reply {
            request,
            reply: answer,
        } => format!("answer r{}: {}", request.0, reply(answer)),
        Effect::Arm(armed) => format!("arm the {} timer", timer(*armed)),
    }
}

/// `election` or `heartbeat`.
pub fn timer(timer: Timer) -> &'static str {
    match timer {
        Timer::Election => "election",
        Timer::Heartbeat => "heartbeat",
    }
}

/// `put a=1, level quorum`.
pub fn request(body: &RequestBody) -> String {
    match body {
        RequestBody::Write { op, level } => format!("{}, level {level}", operation(op)),
        RequestBody::LinearizableRead { key } => format!("get {key}, linearizable"),
        RequestBody::Read { key, seen } if *seen == EntryId::ZERO => format!("get {key}"),
        RequestBody::Read { key, seen } => format!("get {key}, seen {seen}"),
        RequestBody::Transact { transaction, level } => {
            format!("{}, level {level}", together(transaction))
        }
        RequestBody::Fate { at } => format!("what became of {at}?"),
        RequestBody::Register => "register".to_string(),
        RequestBody::AnyRead { key } => format!("get {key}, of any age"),
        RequestBody::Scan { scan, seen } => {
            let after = scan
                .after
                .as_ref()
                .map_or(String::new(), |after| format!(" after {after}"));
            let (prefix, keys) = (&scan.prefix, scan.keys_max);
            format!("scan {prefix}*{after}, at most {keys}, seen {seen}")
        }
        RequestBody::Await { at, level } => format!("has {at} reached {level}?"),
        RequestBody::Once { once, level } => {
            let done = once.origin.done;
            format!("{}, done to {done}, level {level}", numbered(once))
        }
    }
}

/// `[put a=1] as 3 of e1:2`.
fn numbered(once: &Once) -> String {
    let Origin { client, seq, .. } = once.origin;
    format!("{} as {seq} of {client}", together(&once.transaction))
}

fn operation(op: &Op) -> String {
    match op {
        Op::Put { key, value } => format!("put {key}={value}"),
        Op::Delete { key } => format!("delete {key}"),
        Op::PutFor {
            key,
            value,
            ttl_ms,
            since_ms,
        } => format!("put {key}={value} for {ttl_ms} from {since_ms}"),
    }
}

/// `if a is e1:2 and b is absent: put a=1 and delete b`.
fn together(transaction: &Transaction) -> String {
    let conditions = transaction
        .conditions
        .iter()
        .map(|condition| match condition.version {
            Some(version) => format!("{} is {version}", condition.key),
            None => format!("{} is absent", condition.key),
        });
    let conditions: Vec<String> = conditions.collect();
    let ops: Vec<String> = transaction.ops.iter().map(operation).collect();
    match conditions.as_slice() {
        [] => format!("[{}]", ops.join(" and ")),
        _ => format!("[if {}: {}]", conditions.join(" and "), ops.join(" and ")),
    }
}

/// What one record makes durable.
pub fn record(record: &Record) -> String {
    let hard = record.hard.map(|hard| {
        let epoch = hard.epoch;
        let words = match hard.vote {
            Some(candidate) => format!("epoch {epoch} with a vote for {candidate}"),
            None => format!("epoch {epoch} without a vote"),
        };
        format!("{words}{}", standing(hard.standing))
    });
    let tail = record
        .tail
        .as_ref()
        .map(|Tail { after, entries }| format!("after {after}: {}", listed(entries)));
    let base = record.base.as_ref().map(|base| match base {
        Base::Compacted(lineage) => format!("compacted {lineage}"),
        Base::Installed(snapshot) => format!("state of {}", snapshot.lineage),
    });
    [hard, tail, base]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", and ")
}

/// `[e1..2] e1:3 put a=1`: what is compacted by its lineage, then the entries.
pub fn log(log: &MemLog) -> String {
    let compacted = log.compacted().index;
    match compacted {
        Index::ZERO => listed(log.all()),
        _ => format!("[{}] {}", log.lineage(compacted), listed(log.all())),
    }
}

/// `e1:1 barrier, e1:2 put a=1`.
pub fn listed(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "nothing".to_string();
    }
    entries.iter().map(entry).collect::<Vec<_>>().join(", ")
}

fn entry(entry: &Entry) -> String {
    format!("{} {}", entry.id, payload(&entry.payload))
}

fn payload(payload: &Payload) -> String {
    match payload {
        Payload::Barrier => "barrier".to_string(),
        Payload::Joined { incarnation } => format!("incarnation {incarnation} joined"),
        Payload::Op(op) => operation(op),
        Payload::Transaction(transaction) => together(transaction),
        Payload::Register { forgets: None } => "client".to_string(),
        Payload::Register { forgets: Some(other) } => format!("client for {other}"),
        Payload::Once(once) => numbered(once),
        Payload::Expire { time_ms, keys_max } => format!("expire {keys_max} keys due at {time_ms}"),
    }
}

fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Written { at, copies } => format!("written at {at}, durable on {copies}"),
        Reply::Value {
            value: Some(value),
            at,
            ..
        } => format!("{value}, as of {at}"),
        Reply::Value { value: None, at, .. } => format!("no value, as of {at}"),
        Reply::NotCaughtUp { applied } => format!("not caught up, applied {applied}"),
        Reply::Lost(range) => format!("LOST {range}"),
        Reply::NotLeader { leader: Some(leader) } => format!("not the leader, {leader} is"),
        Reply::NotLeader { leader: None } => "not the leader, and none is known".to_string(),
        Reply::NotServing => "not serving yet".to_string(),
        Reply::Busy => "busy".to_string(),
        Reply::Unknown { at } => format!("fate of {at} unknown"),
        Reply::Conflict {
            at,
            condition,
            version: Some(version),
        } => format!("conflict at {at}: the key of condition {condition} is {version}"),
        Reply::Conflict {
            at,
            condition,
            version: None,
        } => format!("conflict at {at}: the key of condition {condition} is absent"),
        Reply::HandingOver { to } => format!("handing over to {to}"),
        Reply::Fate { at, fate, lost: None } => format!("{at} is {fate}"),
        Reply::Fate {
            at,
            fate,
            lost: Some(lost),
        } => format!("{at} is {fate}; it was {}", payload(lost)),
        Reply::AnyValue {
            value,
            at,
            lag,
            leader,
            ..
        } => {
            let value = value
                .as_ref()
                .map_or("no value".to_string(), |value| value.to_string());
            let hears = leader.map_or("hears no leader".to_string(), |leader| format!("hears {leader}"));
            format!("{value}, as of {at}, {lag} behind its log, {hears}")
        }
        Reply::Page { page, at } => {
            let keys = page
                .items
                .iter()
                .map(|(key, found)| format!("{key}={}, ", found.value));
            let more = if page.more { "and more, " } else { "" };
            format!("{}{more}as of {at}", keys.collect::<String>())
        }
        Reply::NotYet { at, copies } => format!("{at} not yet, durable on {copies}"),
        Reply::ClientExpired => "the client is not known any more".to_string(),
        Reply::TooManyOutstanding => "too many of the client's writes may be asked about".to_string(),
    }
}

/// What a reader of a story wants to know of a replica; what changes in a step is told after its effects.
#[derive(PartialEq)]
pub struct Summary {
    role: String,
    durable: Index,
    commit: Index,
    applied: EntryId,
    gated: usize,
}

impl Summary {
    pub fn of(node: &Node<MemLog, MemStore>) -> Summary {
        Summary {
            role: role(node),
            durable: node.durable(),
            commit: node.commit(),
            applied: node.applied(),
            gated: node.gated(),
        }
    }

    /// What has changed since `before`, if anything has.
    pub fn since(&self, before: &Summary) -> Option<String> {
        let mut changes = Vec::new();
        if self.role != before.role {
            changes.push(self.role.clone());
        }
        if self.durable != before.durable {
            changes.push(format!("durable {}", self.durable));
        }
        if self.commit != before.commit {
            changes.push(format!("commit {}", self.commit));
        }
        if self.applied != before.applied {
            changes.push(format!("applied {}", self.applied));
        }
        if self.gated != before.gated {
            changes.push(format!("{} in the gate", self.gated));
        }
        (!changes.is_empty()).then(|| format!("=> {}", changes.join(", ")))
    }
}

/// Nothing, of a replica that has never lost its disk.
fn standing(standing: Standing) -> String {
    match standing {
        Standing::Original => String::new(),
        Standing::Learner { incarnation } => format!(", learner {incarnation}"),
        Standing::Member { incarnation } => format!(", member {incarnation}"),
    }
}

fn role(node: &Node<MemLog, MemStore>) -> String {
    let epoch = node.epoch();
    let role = match node.role() {
        Role::Follower { leader: Some(leader) } => format!("follower of {leader} in {epoch}"),
        Role::Follower { leader: None } => format!("follower without a leader in {epoch}"),
        Role::Candidate { .. } => format!("candidate in {epoch}"),
        Role::Leader(Leadership {
            transfer: Some(Transfer { to, .. }),
            ..
        }) => format!("leader of {epoch}, handing over to {to}"),
        Role::Leader(_) if node.serving() => format!("serving leader of {epoch}"),
        Role::Leader(_) => format!("leader of {epoch}, not serving"),
        Role::PreCandidate { .. } => format!("asking whether it would be elected, in {epoch}"),
    };
    format!("{role}{}", standing(node.standing()))
}

/// The whole of a replica, in a few lines.
pub fn status(replica: &Replica) -> String {
    let node = &replica.node;
    let mut lines = vec![
        format!("{}: {}", node.id(), role(node)),
        format!("  log {}", log(node.log())),
        format!(
            "  durable {}, commit {}, applied {}, {} in flight, {} in the gate",
            node.durable(),
            node.commit(),
            node.applied(),
            records(node.records_in_flight()),
            node.gated(),
        ),
    ];
    let data = node.store().data();
    if !data.is_empty() {
        let pairs: Vec<String> = data
            .iter()
            .map(|(key, found)| format!("{key}={}", found.value))
            .collect();
        lines.push(format!("  data {}", pairs.join(" ")));
    }
    let deadlines = node.store().deadlines();
    if !deadlines.is_empty() {
        let deadlines: Vec<String> = deadlines
            .iter()
            .map(|(key, at)| format!("{key} at {at}"))
            .collect();
        lines.push(format!("  due {}", deadlines.join(", ")));
    }
    if node.store().clock_ms() > 0 {
        lines.push(format!("  its log says that it is {}", node.store().clock_ms()));
    }
    for (client, known) in node.store().clients().iter() {
        lines.push(format!("  client {client} {}", remembered(known)));
    }
    let quarantine = node.store().in_quarantine();
    if !quarantine.is_empty() {
        lines.push(format!("  quarantine {}", listed(quarantine)));
    }
    if let Role::Leader(leadership) = node.role() {
        for (peer, progress) in node.config().peers.iter().zip(&leadership.progress) {
            lines.push(format!("  {peer} {}", window(progress)));
        }
        for write in &leadership.pending {
            let PendingWrite {
                request,
                index,
                level,
                ..
            } = write;
            lines.push(format!("  r{} at {index} waits for {level}", request.0));
        }
        for WaitingRead {
            request,
            index,
            round,
            ..
        } in &leadership.reads.waiting
        {
            lines.push(format!(
                "  r{} waits for round {round} and index {index}",
                request.0
            ));
        }
    }
    lines.join("\n")
}

/// `active at 7, done to 1, 2: e1:6 done`.
fn remembered(client: &Client) -> String {
    let mut told = format!("active at {}, done to {}", client.active, client.done);
    for (seq, Executed { at, outcome }) in &client.executed {
        let outcome = match outcome {
            Outcome::Done => "done",
            Outcome::Conflict { .. } => "conflict",
        };
        told.push_str(&format!(", {seq}: {at} {outcome}"));
    }
    told
}

fn window(progress: &Progress) -> String {
    let spans: Vec<String> = progress.spans.iter().map(|last| format!("..{last}")).collect();
    let mode = if progress.probing { "probing" } else { "pipelining" };
    let unheard = match progress.unheard {
        0 => String::new(),
        heartbeats => format!(", silent for {heartbeats} heartbeats"),
    };
    let refill = match progress.incarnation {
        0 => String::new(),
        incarnation => format!(", incarnation {incarnation} joins at {}", progress.joins),
    };
    let state = if progress.was_sent_state {
        ", was sent a state"
    } else {
        ""
    };
    format!(
        "matched {}, next {}, {mode}, in flight [{}]{unheard}{refill}{state}",
        progress.matched,
        progress.next,
        spans.join(" ")
    )
}

/// `1 record`, `2 records`.
pub fn records(count: u32) -> String {
    match count {
        1 => "1 record".to_string(),
        _ => format!("{count} records"),
    }
}
