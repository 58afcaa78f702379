//! What clients ask of a replica, and what it answers.

use crate::{
    Bytes, EntryId, Epoch, Fate, Index, NodeId, Once, Op, Payload, RequestId, Scan, ScanPage, Transaction,
    Versioned,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// When a write is acknowledged. Chosen per request, and never silently downgraded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AckLevel {
    /// Durable on the leader, even if two followers have it sooner. It survives the leader's crash and restart,
    /// but a failover may truncate it; a session that saw it is told so (LOST). A leader lets at most
    /// [`Limits::leader_acks_max`](crate::Limits::leader_acks_max) entries be so; further ones wait to be committed.
    Leader,
    /// Durable on two of three: it is in every later leader.
    #[default]
    Quorum,
    /// Durable on all three.
    All,
}

/// One client request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Request {
    /// Its number, which the answer carries.
    pub id: RequestId,
    /// What is asked.
    pub body: RequestBody,
}

/// What a client can ask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RequestBody {
    /// Change a key; only a serving leader does.
    Write {
        /// The change.
        op: Op,
        /// When to acknowledge it.
        level: AckLevel,
    },
    /// Read a key; any replica answers that has caught up with the session.
    Read {
        /// The key.
        key: Bytes,
        /// The newest entry of this partition that the session has seen.
        seen: EntryId,
    },
    /// Change keys of one partition together, under conditions; only a serving leader does. If there are conditions,
    /// the answer waits until the entry is applied, whatever the level: before, its outcome is not known.
    Transact {
        /// The conditions and changes.
        transaction: Transaction,
        /// When to acknowledge it.
        level: AckLevel,
    },
    /// What became of an entry? Any replica answers.
    Fate {
        /// The entry.
        at: EntryId,
    },
    /// Read a key as of a moment between the request and its answer; only a serving leader does. It sees every write
    /// that was acknowledged at level `quorum` or `all` before it was asked for; one at level `leader` only once that is
    /// committed.
    LinearizableRead {
        /// The key.
        key: Bytes,
    },
    /// Become known to the partition; only a serving leader does it. The answer is `Written`, once that is committed and
    /// applied, and its entry is the client's name from then on.
    Register,
    /// Change keys of one partition together, perhaps under conditions, once however often it is asked for; only a serving
    /// leader does. Whoever asks again asks the same: it is told what became of the first that came.
    Once {
        /// The changes, and whose they are.
        once: Once,
        /// When to acknowledge them.
        level: AckLevel,
    },
    /// Read a key in whatever state a replica has, however old; any member answers, and says how old as far as it knows.
    AnyRead {
        /// The key.
        key: Bytes,
    },
    /// Has an entry reached a level by now? Only a leader can say; the answer is `Written`, `NotYet` or `Lost`, and nothing
    /// waits for it.
    Await {
        /// The entry.
        at: EntryId,
        /// The level.
        level: AckLevel,
    },
    /// Read the keys that begin alike, a page of them; any replica answers that has caught up with the session.
    Scan {
        /// Which keys.
        scan: Scan,
        /// The newest entry of this partition that the session has seen.
        seen: EntryId,
    },
}

/// The answer to a request. Each request gets exactly one, unless the node crashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reply {
    /// The write has reached its level.
    Written {
        /// The entry; the session's token advances to it.
        at: EntryId,
        /// On how many replicas it is known to be durable.
        copies: u8,
    },
    /// The read's answer.
    Value {
        /// The key's value, or `None` if there is none.
        value: Option<Bytes>,
        /// The entry that last changed the key: what a condition on it names. `None` if there is no value.
        version: Option<EntryId>,
        /// The state that was read; the session's token advances to it, which makes reads monotonic.
        at: EntryId,
    },
    /// This replica has not yet applied what the session has seen, or is being refilled and cannot say how much it lacks. Wait,
    /// or ask another one.
    NotCaughtUp {
        /// How far it has applied.
        applied: EntryId,
    },
    /// What the session has seen is gone: a failover truncated it. The client decides what to do; it is told once,
    /// and plainly.
    Lost(LostRange),
    /// Writes and linearizable reads go to the leader.
    NotLeader {
        /// Who that is, as far as this replica knows.
        leader: Option<NodeId>,
    },
    /// The leader is new and its barrier has not committed. Try again shortly.
    NotServing,
    /// Too many operations wait to be committed. Try again after a pause.
    Busy,
    /// The leader stepped down before the write reached its level: it may survive or not.
    Unknown {
        /// The entry whose outcome is not known.
        at: EntryId,
    },
    /// A condition did not hold: nothing was changed, and this entry never will change anything. Read again, and decide
    /// anew.
    Conflict {
        /// The entry that was applied without effect: the state that decided. The session's token advances to it.
        at: EntryId,
        /// The place of the first condition that did not hold.
        condition: u32,
        /// The version that its key has instead.
        version: Option<EntryId>,
    },
    /// What became of an entry.
    Fate {
        /// The entry.
        at: EntryId,
        /// Its fate, as far as this replica knows.
        fate: Fate,
        /// What it was to do, if it is truncated and this replica has it in quarantine.
        lost: Option<Payload>,
    },
    /// The leader hands over, and accepts no writes. Nothing was changed: try again shortly, there first.
    HandingOver {
        /// Who is to lead next.
        to: NodeId,
    },
    /// Nothing is known of the client any more, or it has said that it is done with this write: whether it was carried out
    /// before, nobody can say, and it was not carried out now. Register anew; read before writing the same again.
    ClientExpired,
    /// The client has [`OUTSTANDING_MAX`](crate::OUTSTANDING_MAX) writes for which it has not said that they are done. It was
    /// not carried out: wait for their answers, and say so.
    TooManyOutstanding,
    /// The answer to a read of any age.
    AnyValue {
        /// The key's value, or `None` if there is none.
        value: Option<Bytes>,
        /// The entry that last changed the key. `None` if there is no value.
        version: Option<EntryId>,
        /// The state that was read: the last entry applied here.
        at: EntryId,
        /// How many entries in this replica's log are not in that state, committed or not. There may be more that it has
        /// not heard of.
        lag: u64,
        /// The leader that it hears, or itself if it leads; `None` if it hears none, and may be cut off.
        leader: Option<NodeId>,
    },
    /// The entry has not reached the level that is awaited, as far as this leader knows. Ask again after a pause.
    NotYet {
        /// The entry.
        at: EntryId,
        /// On how many replicas it is known to be durable.
        copies: u8,
    },
    /// A page of a scan.
    Page {
        /// Its keys.
        page: ScanPage,
        /// The state that was read; the session's token advances to it.
        at: EntryId,
    },
}

/// Every entry of `epoch` with an index in `first..=last` is not in the committed log and never will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LostRange {
    /// The epoch of the entries that are gone.
    pub epoch: Epoch,
    /// The first index.
    pub first: Index,
    /// The last index: the one that the session had seen.
    pub last: Index,
}

impl Reply {
    /// The answer to a read that found this in the state of `at`.
    pub(crate) fn value(found: Option<Versioned>, at: EntryId) -> Reply {
        let (value, version) = found.map(|found| (found.value, found.version)).unzip();
        Reply::Value { value, version, at }
    }
}

impl fmt::Display for AckLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AckLevel::Leader => "leader",
            AckLevel::Quorum => "quorum",
            AckLevel::All => "all",
        })
    }
}

impl fmt::Display for LostRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..={}", self.epoch, self.first, self.last)
    }
}
