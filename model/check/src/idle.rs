//! What must change nothing, and happens all the same: requests that a replica cannot or need not act upon, timers that were armed
//! long ago. Each is a step that leads back to where it began, so a scope that has them (`Scope::idle`) has no more states.

use crate::ledger::Ledger;
use crate::replica::Replica;
use crate::scope::Start;
use crate::state::State;
use crate::system::System;
use katakv_core::{
    AckLevel, EntryId, Input, Log, Once, Origin, Request, RequestBody, RequestId, Role, Scan, Timer,
    Transaction,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whoever asks in vain is nobody whose answers are kept.
pub(crate) const NOBODY: RequestId = RequestId(u64::MAX);

/// Something that must change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Idle {
    /// A timer fires that is not the one that is armed.
    LateTimer(Timer),
    /// A write is asked for where none can be accepted.
    Write(AckLevel),
    /// A linearizable read is asked for where none can be accepted.
    Read,
    /// A session reads that has seen this.
    SessionRead(EntryId),
    /// Somebody asks what became of an entry.
    Fate(EntryId),
    /// The log may be compacted, and there is nothing to drop.
    Compact,
    /// A client sends a numbered write where none can be accepted.
    Once {
        /// Its number.
        seq: u64,
    },
    /// A client registers where none can.
    Register,
    /// Somebody reads, and takes any age.
    AnyRead,
    /// Somebody asks whether an entry has reached a level.
    Await(EntryId, AckLevel),
    /// A session scans that has seen this.
    Scan(EntryId),
    /// It is told what its clock shows, and no key is due, or it is not for it to say so.
    Clock,
}

/// No write of a scope has this number.
const NEW: u64 = 100;

impl Idle {
    /// Whether it asks for an answer.
    pub(crate) fn is_request(self) -> bool {
        match self {
            Idle::LateTimer(_) | Idle::Compact | Idle::Clock => false,
            Idle::Write(_)
            | Idle::Read
            | Idle::SessionRead(_)
            | Idle::Fate(_)
            | Idle::Once { .. }
            | Idle::Register
            | Idle::AnyRead
            | Idle::Await(..)
            | Idle::Scan(_) => true,
        }
    }
}

impl System {
    /// All that must change nothing at `replica`, as the specification has it, not as the replica has.
    pub(crate) fn idle_at(&self, replica: &Replica, state: &State) -> Vec<Idle> {
        let node = replica.node();
        let limits = &self.scope.limits;
        let mut idle = vec![Idle::LateTimer(match replica.timer() {
            Timer::Election => Timer::Heartbeat,
            Timer::Heartbeat => Timer::Election,
        })];
        let unapplied = node.log().last().index.0 - node.applied().index.0;
        if !node.serving() || unapplied >= u64::from(limits.uncommitted_max) {
            idle.extend(self.scope.levels.iter().map(|level| Idle::Write(*level)));
        }
        if self.scope.start == Start::Registered {
            idle.extend(self.idle_numbered(replica, unapplied));
        }
        let takes_reads = match node.role() {
            Role::Leader(leadership) => {
                let waiting = leadership.reads.waiting.len();
                node.serving() && waiting < limits.reads_waiting_max as usize
            }
            Role::Follower { .. } | Role::Candidate { .. } | Role::PreCandidate { .. } => false,
        };
        if !takes_reads {
            idle.push(Idle::Read);
        }
        if !node.serving() || self.scope.ttl.is_none() {
            idle.push(Idle::Clock);
        }
        idle.push(Idle::AnyRead);
        for ack in &state.ledger().acks {
            idle.extend([Idle::SessionRead(ack.at), Idle::Fate(ack.at), Idle::Scan(ack.at)]);
            idle.extend([AckLevel::Quorum, AckLevel::All].map(|level| Idle::Await(ack.at, level)));
        }
        if node.applied().index <= node.log().compacted().index {
            idle.push(Idle::Compact);
        }
        idle
    }

    /// What a client sends in vain of what it numbers, where `unapplied` entries wait to be applied.
    fn idle_numbered(&self, replica: &Replica, unapplied: u64) -> Vec<Idle> {
        let (node, max) = (replica.node(), self.scope.limits.uncommitted_max);
        let mut idle = Vec::new();
        if !node.serving() || unapplied >= u64::from(max) {
            idle.extend([Idle::Once { seq: NEW }, Idle::Register]);
        }
        // A write that is in the log waits for its entry, but not together with too many.
        if let Role::Leader(leadership) = node.role()
            && node.serving()
            && leadership.pending.len() >= max as usize
        {
            let writes = leadership.unapplied.writes.keys();
            idle.extend(writes.map(|(_, seq)| Idle::Once { seq: *seq }));
        }
        idle
    }

    /// The input that a replica gets by it.
    pub(crate) fn idle_input(&self, ledger: &Ledger, replica: &Replica, idle: Idle) -> Input {
        let key = self.key().clone();
        let body = match idle {
            Idle::LateTimer(timer) => return Input::Timeout(timer),
            Idle::Clock => {
                return Input::Clock {
                    now_ms: replica.clock_ms(),
                };
            }
            Idle::Compact => {
                return Input::Compact {
                    to: replica.node().applied().index,
                };
            }
            Idle::Write(level) => RequestBody::Write {
                op: katakv_core::Op::Delete { key },
                level,
            },
            Idle::Read => RequestBody::LinearizableRead { key },
            Idle::SessionRead(seen) => RequestBody::Read { key, seen },
            Idle::Fate(at) => RequestBody::Fate { at },
            Idle::Register => RequestBody::Register,
            Idle::AnyRead => RequestBody::AnyRead { key },
            Idle::Await(at, level) => RequestBody::Await { at, level },
            Idle::Scan(seen) => RequestBody::Scan {
                scan: Scan {
                    prefix: key,
                    after: None,
                    keys_max: 1,
                    bytes_max: 1,
                },
                seen,
            },
            Idle::Once { seq } => {
                let client = ledger.numbered.client.unwrap_or(EntryId::ZERO);
                let (done, level) = (seq - 1, AckLevel::Quorum);
                let transaction = Transaction {
                    conditions: Vec::new(),
                    ops: vec![katakv_core::Op::Delete { key }],
                };
                let origin = Origin { client, seq, done };
                let once = Once { origin, transaction };
                RequestBody::Once { once, level }
            }
        };
        Input::Requests(vec![Request { id: NOBODY, body }])
    }
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Idle::LateTimer(Timer::Election) => f.write_str("an election timer, which is late"),
            Idle::LateTimer(Timer::Heartbeat) => f.write_str("a heartbeat timer, which is late"),
            Idle::Write(level) => write!(f, "a write at level {level}, which it cannot accept"),
            Idle::Read => f.write_str("a linearizable read, which it cannot accept"),
            Idle::SessionRead(seen) => write!(f, "a read of a session that has seen {seen}"),
            Idle::Fate(at) => write!(f, "a question about the fate of {at}"),
            Idle::Once { seq } => write!(f, "write {seq} of the client, which it cannot accept"),
            Idle::Register => f.write_str("a registration, which it cannot accept"),
            Idle::AnyRead => f.write_str("a read of any age"),
            Idle::Scan(seen) => write!(f, "a scan of a session that has seen {seen}"),
            Idle::Await(at, level) => write!(f, "a question whether {at} has reached level {level}"),
            Idle::Clock => f.write_str("the time, and no key is due that it could let expire"),
            Idle::Compact => f.write_str("leave to compact its log, of which there is nothing to drop"),
        }
    }
}
