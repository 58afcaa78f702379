//! A scope: what of the infinite is looked at, exhaustively.

use crate::action::{Loss, StoreFate};
use crate::client::Script;
use crate::network::NetworkKind;
use crate::set::Set;
use katakv_core::{AckLevel, Limits};

/// The bounds of one exhaustive search. Within them nothing is left out but what the module documentation of the
/// reductions argues away.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it bounds, and why that is enough for what it is for.
    pub words: &'static str,
    /// Which set it belongs to: `Quick` below three seconds or so, else `Full`, unless it cannot be exhausted.
    pub set: Set,
    /// How messages travel.
    pub network: NetworkKind,
    /// When records become durable.
    pub disks: Disks,
    /// The bounds of the protocol itself.
    pub limits: Limits,
    /// Where it begins.
    pub start: Start,
    /// No election is begun that would go beyond this epoch.
    pub epochs: u64,
    /// How many writes there are.
    pub writes: u8,
    /// Whether every other write is a delete.
    pub deletes: bool,
    /// For how long every write lives, in the time of the nodes' clocks, if they do not live for ever.
    pub ttl: Option<u8>,
    /// How many times a node's clock goes on by one, in all. Each node has its own, and they need not agree.
    pub ticks: u8,
    /// How many times a leader looks at its clock when keys are due.
    pub expiries: u8,
    /// How many transactions there are beside them, at the same levels. Each expects a version that a client was told of,
    /// or none.
    pub transactions: u8,
    /// In batches of which sizes they come.
    pub batches: &'static [u8],
    /// At which levels they may be asked for.
    pub levels: &'static [AckLevel],
    /// How many linearizable reads there are.
    pub reads: u8,
    /// How many crashes there are, each with its restart.
    pub crashes: u8,
    /// What a crash may do to the applied store.
    pub stores: &'static [StoreFate],
    /// How many heartbeat timers fire.
    pub heartbeats: u8,
    /// How many election timers fire, in all, where that leads to a question first (`Limits::pre_vote`): a replica may ask
    /// in the same epoch again and again. Where it leads to a campaign, `epochs` bounds it.
    pub asks: u8,
    /// How many times a leader is asked to hand over, to each of the others by name: whom it chooses when nobody is named is
    /// one of them.
    pub transfers: u8,
    /// How many times a log is compacted. Where it is not at all, nothing is lost but what compaction itself brings: no
    /// other step looks at how much of its log a replica holds.
    pub compactions: u8,
    /// Whether it is looked at from which states the replicas find together again (`recovery.rs`).
    pub recovers: bool,
    /// Whether every replica gets, in every state, what must change nothing.
    pub idle: bool,
    /// How many disks are lost, each of a replica that is refilled, and in which ways. A second one is lost only when the
    /// first replica is a member again.
    pub losses: (u8, &'static [Loss]),
    /// How many times a numbered write is sent again.
    pub retries: u8,
    /// How many clients register beside the one whose the writes are.
    pub registrations: u8,
    /// The client actor's script, if there is one.
    pub client: Option<Script>,
    /// How many times the router forgets that the client asks through, if it does.
    pub router: Option<u8>,
    /// Whether a state and its renamings count as one.
    pub symmetry: bool,
    /// Whether messages are dropped that can have no effect any more.
    pub bury_dead: bool,
    /// Whether deliveries without effect are left out, on networks where that makes no difference.
    pub skip_idle: bool,
    /// The witnesses that it must show.
    pub shows: &'static [&'static str],
    /// When to give up.
    pub stop: Stop,
}

/// When records become durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disks {
    /// By a step of their own, oldest first; a crash keeps any prefix of the others.
    Deferred,
    /// With the step that appends them. It hides every mistake about durability, and is for scopes about others.
    Immediate,
}

/// Where a scope begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Three empty disks.
    Fresh,
    /// Node 0 has been elected in epoch 1 and serves, and nothing is under way. Brought about by real steps.
    Leading,
    /// The same, and a client has registered: all writes are numbered, and its own.
    Registered,
}

/// What ends a search before it is exhausted. Random walks are ended by nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// Unique states.
    pub states_max: usize,
    /// Seconds.
    pub seconds_max: u64,
    /// Resident memory of the process, in MiB.
    pub memory_mib_max: u64,
}

impl Scope {
    /// The smallest: three fresh replicas, one election, no write, no crash. Others are said by how they differ.
    pub const BASE: Scope = Scope {
        name: "base",
        words: "",
        set: Set::Quick,
        network: NetworkKind::Unordered,
        disks: Disks::Deferred,
        limits: Limits {
            window: 1,
            append_entries_max: 2,
            append_bytes_max: 1 << 20,
            uncommitted_max: 16,
            reads_waiting_max: 16,
            push_commit: false,
            leader_acks_max: 16,
            pre_vote: false,
            quorum_heartbeats: 0,
            transfer_heartbeats: 0,
            quarantine: false,
            clients_max: 2,
            expired_max: 2,
        },
        start: Start::Fresh,
        epochs: 1,
        writes: 0,
        deletes: false,
        ttl: None,
        ticks: 0,
        expiries: 0,
        transactions: 0,
        batches: &[1],
        levels: &[AckLevel::Quorum],
        reads: 0,
        crashes: 0,
        stores: &[StoreFate::Kept],
        heartbeats: 0,
        asks: 0,
        transfers: 0,
        compactions: 0,
        recovers: false,
        idle: false,
        losses: (0, &[]),
        retries: 0,
        registrations: 0,
        client: None,
        router: None,
        symmetry: true,
        bury_dead: true,
        skip_idle: true,
        shows: &[],
        stop: Stop {
            states_max: usize::MAX,
            seconds_max: 600,
            memory_mib_max: 12 * 1024,
        },
    };

    /// The bounds, in words.
    pub fn bounds(&self) -> String {
        let network = match self.network {
            NetworkKind::Ordered => "ordered network",
            NetworkKind::Unordered => "unordered network",
            NetworkKind::Duplicating => "unordered and duplicating network",
        };
        let disks = match self.disks {
            Disks::Deferred => "records synced one by one",
            Disks::Immediate => "records synced at once",
        };
        let start = match self.start {
            Start::Fresh => "three empty disks",
            Start::Leading => "node 0 leads",
            Start::Registered => "node 0 leads, a client has registered",
        };
        let levels: Vec<String> = self.levels.iter().map(ToString::to_string).collect();
        let mut bounds = format!(
            "[{network}; {disks}; start: {start}; epochs up to {}; {} at {}; {}; {}; window {}",
            self.epochs,
            counted(self.writes, "write"),
            levels.join(" or "),
            counted(self.crashes, "crash"),
            counted(self.heartbeats, "heartbeat"),
            self.limits.window,
        );
        if self.limits.pre_vote {
            bounds.push_str(&format!("; pre-vote, {}", counted(self.asks, "election timeout")));
        }
        if self.limits.quorum_heartbeats > 0 {
            let silent = counted(self.limits.quorum_heartbeats as u8, "silent heartbeat");
            bounds.push_str(&format!("; check-quorum after {silent}"));
        }
        if self.transfers > 0 {
            bounds.push_str(&format!("; {}", counted(self.transfers, "transfer")));
        }
        if self.compactions > 0 {
            bounds.push_str(&format!("; {}", counted(self.compactions, "compaction")));
        }
        if self.losses.0 > 0 {
            let damage = match self.losses.1 {
                [Loss::Disk] => "lost disk",
                [Loss::Record] => "damaged disk",
                _ => "lost or damaged disk",
            };
            bounds.push_str(&format!("; {}", counted(self.losses.0, damage)));
        }
        if self.transactions > 0 {
            bounds.push_str(&format!("; {}", counted(self.transactions, "transaction")));
        }
        if self.deletes {
            bounds.push_str("; every other write deletes");
        }
        if let Some(ttl) = self.ttl {
            let (ticks, expiries) = (counted(self.ticks, "tick"), counted(self.expiries, "expiry"));
            bounds.push_str(&format!("; writes live for {ttl}; {ticks}; {expiries}"));
        }
        if self.limits.quarantine {
            bounds.push_str("; quarantine");
        }
        if self.retries > 0 {
            bounds.push_str(&format!("; {} sent again", counted(self.retries, "write")));
        }
        if self.registrations > 0 {
            let room = counted(self.limits.clients_max as u8, "client");
            let more = counted(self.registrations, "registration");
            bounds.push_str(&format!("; {more}, room for {room}"));
        }
        if self.reads > 0 {
            bounds.push_str(&format!("; {}", counted(self.reads, "linearizable read")));
        }
        if self.idle {
            bounds.push_str("; whatever must change nothing");
        }
        if let Some(script) = self.client {
            let writes = script.write.map(|level| format!("writes at {level} and "));
            bounds.push_str(&format!(
                "; a client that {}reads {} times",
                writes.unwrap_or_default(),
                script.reads
            ));
        }
        if let Some(forgets) = self.router {
            let times = counted(forgets, "time");
            bounds.push_str(&format!(", through a router that forgets everything {times}"));
        }
        bounds.push(']');
        bounds
    }

    /// The same, every state for itself: for replaying on real nodes, and for checking the reduction.
    pub fn without_symmetry(self) -> Scope {
        Scope {
            symmetry: false,
            ..self
        }
    }

    /// The same, with every message kept: for checking the reduction.
    pub fn without_burial(self) -> Scope {
        Scope {
            bury_dead: false,
            ..self
        }
    }

    /// The same, with deliveries that change nothing: for checking the reduction.
    pub fn without_skipping(self) -> Scope {
        Scope {
            skip_idle: false,
            ..self
        }
    }
}

fn counted(count: u8, what: &str) -> String {
    if let (2.., Some(stem)) | (0, Some(stem)) = (count, what.strip_suffix("ry")) {
        return format!("{count} {stem}ries");
    }
    let plural = match (count, what.ends_with("sh")) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{count} {what}{plural}")
}
