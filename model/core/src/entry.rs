//! What a log holds: entries, and shared runs of them.

use crate::{Bytes, EntryId, Once, Transaction};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::Deref;
use std::slice;
use std::sync::Arc;

/// A change that a client asked for. All are blind: they need nothing of the state to be applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Op {
    /// Sets `key` to `value`.
    Put {
        /// The key.
        key: Bytes,
        /// Its new value.
        value: Bytes,
    },
    /// Removes `key`; removing what is not there succeeds.
    Delete {
        /// The key.
        key: Bytes,
    },
    /// Sets `key` to `value` for a while: until its time is over, or the key is changed again. See `expiry.rs`.
    PutFor {
        /// The key.
        key: Bytes,
        /// Its new value.
        value: Bytes,
        /// For how long, in milliseconds.
        ttl_ms: u64,
        /// From when on, in milliseconds since the Unix epoch. In a request, what the clock shows of whoever hands it in; in a log,
        /// what its leader has made of that.
        since_ms: u64,
    },
}

impl Op {
    /// The key that the operation changes.
    pub fn key(&self) -> &Bytes {
        match self {
            Op::Put { key, .. } | Op::PutFor { key, .. } | Op::Delete { key } => key,
        }
    }

    /// How many bytes of keys and values it carries.
    pub fn bytes(&self) -> usize {
        match self {
            Op::Put { key, value } | Op::PutFor { key, value, .. } => key.len() + value.len(),
            Op::Delete { key } => key.len(),
        }
    }

    /// When what it puts is to go, in milliseconds since the Unix epoch; `None` if time does not end it.
    pub fn deadline_ms(&self) -> Option<u64> {
        match self {
            Op::PutFor { ttl_ms, since_ms, .. } => Some(since_ms.saturating_add(*ttl_ms)),
            Op::Put { .. } | Op::Delete { .. } => None,
        }
    }
}

/// What an entry does when it is applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Payload {
    /// A new leader's first entry. It changes nothing; committing it commits everything before it, which is how
    /// entries of older epochs commit at all (Raft §5.4.2, and the no-op of §8).
    Barrier,
    /// A client's change: one, and blind. Most are.
    Op(Op),
    /// A client's changes, as one, under conditions.
    Transaction(Box<Transaction>),
    /// A replica that lost its disk and was refilled is a member from here on. It changes nothing in the store.
    Joined {
        /// Which refill.
        incarnation: u64,
    },
    /// A client becomes known, by the name of this entry.
    Register {
        /// Who is forgotten to make room.
        forgets: Option<EntryId>,
    },
    /// A client's changes, as one, that are carried out once however often the client asks.
    Once(Box<Once>),
    /// Keys go whose time is over: those that are due when it is applied, by the time that it says and no replica's clock.
    Expire {
        /// Which time it is, in milliseconds since the Unix epoch.
        time_ms: u64,
        /// How many keys go at most, those first that are due the longest. The leader says it, so that all replicas let the same
        /// ones go whatever their configurations say.
        keys_max: u32,
    },
}

impl Payload {
    /// The changes that it makes, unless a condition stands against it.
    pub fn ops(&self) -> &[Op] {
        match self {
            Payload::Barrier | Payload::Joined { .. } | Payload::Register { .. } | Payload::Expire { .. } => {
                &[]
            }
            Payload::Op(op) => slice::from_ref(op),
            Payload::Transaction(transaction) => &transaction.ops,
            Payload::Once(once) => &once.transaction.ops,
        }
    }

    /// The same, for a leader that says from when on they count.
    pub(crate) fn ops_mut(&mut self) -> &mut [Op] {
        match self {
            Payload::Barrier | Payload::Joined { .. } | Payload::Register { .. } | Payload::Expire { .. } => {
                &mut []
            }
            Payload::Op(op) => slice::from_mut(op),
            Payload::Transaction(transaction) => &mut transaction.ops,
            Payload::Once(once) => &mut once.transaction.ops,
        }
    }

    /// The latest time that it says, in milliseconds since the Unix epoch; 0 if it says none.
    pub fn time_ms(&self) -> u64 {
        let of_op = |op: &Op| match op {
            Op::PutFor { since_ms, .. } => *since_ms,
            Op::Put { .. } | Op::Delete { .. } => 0,
        };
        match self {
            Payload::Expire { time_ms, .. } => *time_ms,
            _ => self.ops().iter().map(of_op).max().unwrap_or(0),
        }
    }

    /// A bound on its encoded size, but for tags and lengths around it.
    pub fn bytes(&self) -> usize {
        const ORIGIN: usize = 40;
        match self {
            Payload::Barrier | Payload::Joined { .. } | Payload::Register { .. } | Payload::Expire { .. } => {
                0
            }
            Payload::Op(op) => op.bytes(),
            Payload::Transaction(transaction) => transaction.bytes(),
            Payload::Once(once) => ORIGIN + once.transaction.bytes(),
        }
    }

    /// The changes under conditions, or numbered, that it makes.
    pub fn transaction(&self) -> Option<&Transaction> {
        match self {
            Payload::Barrier
            | Payload::Op(_)
            | Payload::Joined { .. }
            | Payload::Register { .. }
            | Payload::Expire { .. } => None,
            Payload::Transaction(transaction) => Some(transaction),
            Payload::Once(once) => Some(&once.transaction),
        }
    }

    /// Whether nobody is told before it is applied: of a condition, because only then it is known what it does; of a
    /// registration, so that whoever has a name is known to every serving leader by it.
    pub fn is_told_when_applied(&self) -> bool {
        let conditional = |transaction: &Transaction| !transaction.conditions.is_empty();
        matches!(self, Payload::Register { .. }) || self.transaction().is_some_and(conditional)
    }
}

/// One entry of a partition's log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Who appended it, and where.
    pub id: EntryId,
    /// What it does.
    pub payload: Payload,
}

impl Entry {
    /// A bound on its encoded size: the payload, and room for id, tags and lengths.
    pub fn bytes(&self) -> usize {
        const OVERHEAD: usize = 64;
        OVERHEAD + self.payload.bytes()
    }
}

/// Consecutive entries, shared: a record and the appends to two followers carry the same ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entries(Arc<[Entry]>);

impl Deref for Entries {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        &self.0
    }
}

impl From<Vec<Entry>> for Entries {
    fn from(entries: Vec<Entry>) -> Entries {
        if entries.is_empty() {
            Entries::default()
        } else {
            Entries(entries.into())
        }
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entries, D::Error> {
        Vec::deserialize(deserializer).map(Entries::from)
    }
}
