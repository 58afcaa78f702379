//! States in words, for traces, for the Explorer and for whoever debugs.

use crate::client::{CLIENT, Client};
use crate::ledger::Ack;
use crate::replica::Replica;
use crate::router::Router;
use crate::state::State;
use katakv_core::{
    Base, Entry, EntryId, Index, Log, MemLog, NodeId, Op, Payload, Record, Role, Standing, Transaction,
};
use std::fmt;

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for replica in &self.replicas {
            writeln!(f, "{replica}")?;
        }
        for envelope in self.network.envelopes() {
            let (from, to) = (Name(envelope.from), Name(envelope.to));
            writeln!(f, "under way: {from} → {to}: {}", envelope.msg)?;
        }
        for ack in &self.ledger.acks {
            writeln!(f, "{ack}")?;
        }
        if let Some(client) = &self.client {
            writeln!(f, "{}", session(client))?;
        }
        if let Some(router) = &self.router {
            writeln!(f, "{}", routing(router))?;
        }
        Ok(())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (node, disk) = (self.node(), self.disk());
        write!(f, "{}: {} in {}", node.id(), role(node.role()), node.epoch())?;
        if let Some(vote) = node.hard().vote {
            write!(f, ", voted for {vote}")?;
        }
        write!(f, "{}", Counts(node.standing()))?;
        let (applied, commit) = (node.applied().index, node.commit());
        write!(f, ", log [{}]", Whole(node.log()))?;
        write!(
            f,
            ", applied {applied} commit {commit} durable {}",
            node.durable()
        )?;
        write!(f, "; synced: {}", disk.hard().epoch)?;
        if let Some(vote) = disk.hard().vote {
            write!(f, " vote {vote}")?;
        }
        write!(f, " log [{}]", Whole(disk.log()))?;
        if let Some(staged) = disk.staged() {
            write!(f, ", a leader's state up to {}", staged.last())?;
        }
        for record in disk.unsynced() {
            write!(f, "; un-synced: {}", Written(record))?;
        }
        if node.gated() > 0 {
            write!(f, "; {} wait at the gate", node.gated())?;
        }
        for (key, deadline) in node.store().deadlines().iter() {
            write!(f, "; {key} goes at {deadline}")?;
        }
        if self.clock_ms() > 0 {
            write!(f, "; its clock shows {}", self.clock_ms())?;
        }
        if self.refused() {
            write!(f, "; has refused a message")?;
        }
        Ok(())
    }
}

impl fmt::Display for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ack {
            write,
            at,
            level,
            node,
        } = self;
        write!(f, "acknowledged by {node} at level {level}: v{write} as {at}")
    }
}

fn role(role: &Role) -> String {
    match role {
        Role::Follower { leader: None } => "follower of nobody".into(),
        Role::Follower { leader: Some(leader) } => format!("follower of {leader}"),
        Role::PreCandidate { .. } => "asking whether it would be elected".into(),
        Role::Candidate { votes } => format!("candidate with {} votes", votes.len()),
        Role::Leader(leadership) => {
            let window: Vec<String> = leadership
                .progress
                .iter()
                .map(|progress| {
                    let kind = if progress.probing { "probing" } else { "matched" };
                    format!("{kind} {} next {}", progress.matched, progress.next)
                })
                .collect();
            format!("leader ({})", window.join("; "))
        }
    }
}

/// A standing, in words; nothing, of a replica that has never lost its disk.
struct Counts(Standing);

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Standing::Original => Ok(()),
            Standing::Learner { incarnation } => write!(f, ", a learner of incarnation {incarnation}"),
            Standing::Member { incarnation } => write!(f, ", a member of incarnation {incarnation}"),
        }
    }
}

/// A record, in words.
pub(crate) struct Written<'a>(pub(crate) &'a Record);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(hard) = self.0.hard {
            let vote = hard.vote.map(|vote| format!(", vote {vote}"));
            let (epoch, vote) = (hard.epoch.0, vote.unwrap_or_default());
            parts.push(format!("epoch {epoch}{vote}{}", Counts(hard.standing)));
        }
        if let Some(tail) = &self.0.tail {
            parts.push(Run(&tail.entries).to_string());
        }
        match &self.0.base {
            Some(Base::Compacted(lineage)) => parts.push(format!("compacted ({lineage})")),
            Some(Base::Installed(snapshot)) => parts.push(format!("a leader's state ({})", snapshot.lineage)),
            None => {}
        }
        f.write_str(&parts.join(", "))
    }
}

/// A log, in words: what is compacted by its lineage, `(e1..2) e2:3 v0`.
pub(crate) struct Whole<'a>(pub(crate) &'a MemLog);

impl fmt::Display for Whole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compacted = self.0.compacted().index;
        if compacted > Index::ZERO {
            write!(f, "({}) ", self.0.lineage(compacted))?;
        }
        write!(f, "{}", Run(self.0.all()))
    }
}

/// Entries, in words: `e1:1 barrier, e1:2 v0`.
pub(crate) struct Run<'a>(pub(crate) &'a [Entry]);

impl fmt::Display for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, entry) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{} ", entry.id)?;
            match &entry.payload {
                Payload::Barrier => write!(f, "barrier")?,
                Payload::Joined { incarnation } => write!(f, "incarnation {incarnation} joins")?,
                Payload::Op(op) => put(f, op)?,
                Payload::Transaction(transaction) => together(f, transaction)?,
                Payload::Expire { time_ms, .. } => write!(f, "what is due at {time_ms} expires")?,
                Payload::Register { forgets: None } => write!(f, "client")?,
                Payload::Register { forgets: Some(other) } => write!(f, "client for {other}")?,
                Payload::Once(once) => {
                    together(f, &once.transaction)?;
                    write!(f, " as {} of {}", once.origin.seq, once.origin.client)?;
                }
            }
        }
        Ok(())
    }
}

fn together(f: &mut fmt::Formatter<'_>, transaction: &Transaction) -> fmt::Result {
    for condition in &transaction.conditions {
        match condition.version {
            Some(version) => write!(f, "if {} is {version}: ", condition.key)?,
            None => write!(f, "if {} is absent: ", condition.key)?,
        }
    }
    for (place, op) in transaction.ops.iter().enumerate() {
        write!(f, "{}", if place == 0 { "" } else { " and " })?;
        put(f, op)?;
    }
    Ok(())
}

fn put(f: &mut fmt::Formatter<'_>, op: &Op) -> fmt::Result {
    match op {
        Op::Put { value, .. } => write!(f, "{value}"),
        Op::PutFor {
            value,
            ttl_ms,
            since_ms,
            ..
        } => write!(f, "{value} for {ttl_ms} from {since_ms}"),
        Op::Delete { .. } => write!(f, "delete"),
    }
}

/// What the client actor knows.
pub(crate) fn session(client: &Client) -> String {
    let seen = match client.seen {
        EntryId::ZERO => "nothing".into(),
        seen => seen.to_string(),
    };
    let mut told = format!(
        "the client's session has seen {seen}, from {} reads",
        client.answered
    );
    for (holds, what) in [
        (client.wrote, "its write was acknowledged"),
        (client.has_read, "it has read the value that is written"),
        (client.told_lost, "it was told LOST"),
        (client.stale, "an answer missed its write"),
        (client.went_back, "an answer was older than one before"),
    ] {
        if holds {
            told.push_str("; ");
            told.push_str(what);
        }
    }
    told
}

/// What the router knows.
pub(crate) fn routing(router: &Router) -> String {
    let heard = match router.directory.elected() {
        Some(result) => format!(
            "last heard that {} was elected in {}",
            result.leader, result.epoch
        ),
        None => "heard of no election".into(),
    };
    let believed = router.directory.leader();
    let believed = believed.map_or("nobody".into(), |leader| leader.to_string());
    let published: Vec<String> = router
        .published
        .iter()
        .map(|result| format!("{} in {}", result.leader, result.epoch))
        .collect();
    format!(
        "the router has {heard}, and believes in {believed}; published: {}",
        published.join(", ")
    )
}

/// A name on the network.
pub(crate) struct Name(pub(crate) NodeId);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == CLIENT {
            f.write_str("client")
        } else {
            write!(f, "{}", self.0)
        }
    }
}
