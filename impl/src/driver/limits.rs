//! How large things may be, and the checks that stand before a step.
//!
//! The bounds follow from one another, so that no accepted request can lead to a record or a frame that does not
//! fit:
//!
//! ```text
//!   key 1 KiB + value 1 MiB  <=  one operation
//!   one operation            <=  a batch of requests, 2 MiB     ->  a leader's record
//!   one operation            <=  an append, 4 MiB               ->  a frame, a follower's record
//!   a transaction: as many bytes as one operation, 64 changes and 64 conditions
//!   each of them             <   8 MiB, what a record of the WAL and a frame can carry
//! ```

use crate::store;
use crate::wire::WantedPage;
use katakv_core::{
    Entry, Epoch, Image, Limits, Message, NodeId, Once, Op, PARTITIONS, Partition, Payload, Reply,
    Transaction,
};

/// How long a key may be. Keys stay in memory with every entry, and are compared at every step of a lookup.
pub const KEY_BYTES_MAX: usize = 1 << 10;

/// How long a value may be. Larger ones would hold up everybody else's heartbeats on the same connection.
pub const VALUE_BYTES_MAX: usize = 1 << 20;

/// How many changes a transaction may make, and how many conditions it may have.
pub const TRANSACTION_PARTS_MAX: usize = 64;

/// How many bytes, by [`Transaction::bytes`], a transaction may have: any single operation makes one.
pub const TRANSACTION_BYTES_MAX: usize = KEY_BYTES_MAX + VALUE_BYTES_MAX + PART_BYTES;

/// How long a key may be made to live: some ten years. What is to live for longer had better live for ever.
pub const TTL_MS_MAX: u64 = 10 * 366 * 24 * 60 * 60 * 1000;

/// What a part of a transaction takes beside key and value: the bound that [`Transaction::bytes`] uses.
const PART_BYTES: usize = 32;

/// What a client's name and numbers take at most.
const ORIGIN_BYTES: usize = 40;

/// How many requests of one partition become one batch.
pub const BATCH_REQUESTS_MAX: usize = 1024;

/// How many bytes of requests, by [`op_bytes`], become one batch.
pub const BATCH_BYTES_MAX: usize = 2 << 20;

/// How many entries, and how many bytes of them, by [`Entry::bytes`], one answer about the quarantine carries (but at least
/// one entry).
pub const QUARANTINE_ENTRIES_MAX: usize = 256;
/// See [`QUARANTINE_ENTRIES_MAX`].
pub const QUARANTINE_BYTES_MAX: usize = 256 << 10;

/// How many keys, and how many bytes of keys and values, a page of a scan carries (but at least one key).
pub const SCAN_KEYS_MAX: u32 = 1024;
/// See [`SCAN_KEYS_MAX`].
pub const SCAN_BYTES_MAX: u32 = 256 << 10;

/// How many bytes of entries, by [`Entry::bytes`], an append from a peer may carry.
pub const APPEND_BYTES_MAX: usize = 4 << 20;

/// A bound on every encoded record: the entries of an append or a batch, and what stands around them.
pub const RECORD_BYTES_MAX: usize = APPEND_BYTES_MAX + ENVELOPE_BYTES;

/// Room for epochs, indexes, tags and lengths around the entries.
const ENVELOPE_BYTES: usize = 128;

/// What an entry takes beside key and value: the bound that [`Entry::bytes`] uses.
const ENTRY_OVERHEAD_BYTES: usize = 64;

const _: () = {
    assert!(KEY_BYTES_MAX + VALUE_BYTES_MAX + ENTRY_OVERHEAD_BYTES <= BATCH_BYTES_MAX);
    assert!(TRANSACTION_BYTES_MAX + ENTRY_OVERHEAD_BYTES + ORIGIN_BYTES <= BATCH_BYTES_MAX);
    assert!(KEY_BYTES_MAX <= store::KEY_BYTES_MAX);
    assert!(BATCH_BYTES_MAX <= APPEND_BYTES_MAX);
    assert!(RECORD_BYTES_MAX <= crate::wal::PAYLOAD_BYTES_MAX);
    assert!(RECORD_BYTES_MAX < crate::wire::frame::FRAME_BYTES_MAX);
};

/// A limit that is broken. What broke it was not carried out; do not try it again as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// A key is too long. Shorten it.
    #[error("a key of {bytes} bytes, where at most {KEY_BYTES_MAX} are allowed")]
    Key {
        /// Its length.
        bytes: usize,
    },
    /// A value is too long. Split it.
    #[error("a value of {bytes} bytes, where at most {VALUE_BYTES_MAX} are allowed")]
    Value {
        /// Its length.
        bytes: usize,
    },
    /// A key is to live for no time at all, or for too long. Delete it, or let it live for ever.
    #[error("a time to live of {ttl_ms} ms, where 1 to {TTL_MS_MAX} are allowed")]
    TimeToLive {
        /// For how long it is to live.
        ttl_ms: u64,
    },
    /// A transaction changes nothing, or has too many changes or conditions. Split it.
    #[error(
        "a transaction of {ops} changes and {conditions} conditions, where 1 to {TRANSACTION_PARTS_MAX} changes and at \
         most as many conditions are allowed"
    )]
    Parts {
        /// How many changes it has.
        ops: usize,
        /// How many conditions it has.
        conditions: usize,
    },
    /// A transaction is too long. Split it.
    #[error("a transaction of {bytes} bytes, where at most {TRANSACTION_BYTES_MAX} are allowed")]
    Transaction {
        /// Its length.
        bytes: usize,
    },
    /// A transaction names keys of several partitions, which nothing can change together. Choose other keys.
    #[error("a transaction with keys of several partitions")]
    Partitions,
    /// A peer's append is too long: it is not one of ours. Close its connection.
    #[error("an append of {bytes} bytes, where at most {APPEND_BYTES_MAX} are allowed")]
    Append {
        /// The length of its entries.
        bytes: usize,
    },
    /// A peer's entry has a key that no store can take: it is not one of ours. Close its connection.
    #[error(
        "an entry with a key of {bytes} bytes, where a store takes at most {}",
        store::KEY_BYTES_MAX
    )]
    Unstorable {
        /// The key's length.
        bytes: usize,
    },
    /// A peer sends a state as one message: it is not one of ours. Close its connection.
    #[error("a state of {bytes} bytes as one message")]
    WholeState {
        /// A bound on its length.
        bytes: usize,
    },
    /// A page of a scan is to have no key, or too many. Ask for more pages.
    #[error("a page of {keys} keys, where 1 to {SCAN_KEYS_MAX} are allowed")]
    Page {
        /// How many keys.
        keys: u32,
    },
    /// A scan goes on after a key that does not begin as its keys do: the place is another scan's. Begin anew, or use this one's.
    #[error("a scan goes on after a key that does not begin with its prefix")]
    After,
    /// There is no such partition.
    #[error("there is no partition {partition}: the last one is {}", Partition(PARTITIONS - 1))]
    Partition {
        /// What was asked for.
        partition: Partition,
    },
    /// A question about a node's own disk reached another one. Ask the right one: the addresses are out of order.
    #[error("this is {own}, and {node} was asked for: the addresses are out of order")]
    Node {
        /// Who was meant.
        node: NodeId,
        /// Who this is.
        own: NodeId,
    },
    /// `Limits::append_bytes_max` would let a leader send what followers refuse. Correct the configuration.
    #[error("append_bytes_max is {bytes}, but must be at most {APPEND_BYTES_MAX}. Correct the configuration")]
    AppendLimit {
        /// What is configured.
        bytes: u32,
    },
}

/// Whether a key can be stored.
pub fn check_key(key: &[u8]) -> Result<(), LimitError> {
    if key.len() > KEY_BYTES_MAX {
        return Err(LimitError::Key { bytes: key.len() });
    }
    Ok(())
}

/// Whether a change can be made.
pub fn check_op(op: &Op) -> Result<(), LimitError> {
    check_key(op.key())?;
    match op {
        Op::Put { value, .. } | Op::PutFor { value, .. } if value.len() > VALUE_BYTES_MAX => {
            Err(LimitError::Value { bytes: value.len() })
        }
        Op::PutFor { ttl_ms, .. } if !(1..=TTL_MS_MAX).contains(ttl_ms) => {
            Err(LimitError::TimeToLive { ttl_ms: *ttl_ms })
        }
        _ => Ok(()),
    }
}

/// Whether the changes can be made together.
pub fn check_transaction(transaction: &Transaction) -> Result<(), LimitError> {
    let (ops, conditions) = (transaction.ops.len(), transaction.conditions.len());
    if !(1..=TRANSACTION_PARTS_MAX).contains(&ops) || conditions > TRANSACTION_PARTS_MAX {
        return Err(LimitError::Parts { ops, conditions });
    }
    let bytes = transaction.bytes();
    if bytes > TRANSACTION_BYTES_MAX {
        return Err(LimitError::Transaction { bytes });
    }
    let partition = Partition::of_key(transaction.ops[0].key());
    for key in transaction.keys() {
        check_key(key)?;
        if Partition::of_key(key) != partition {
            return Err(LimitError::Partitions);
        }
    }
    transaction.ops.iter().try_for_each(check_op)
}

/// What a transaction adds to its batch.
pub fn transaction_bytes(transaction: &Transaction) -> usize {
    ENTRY_OVERHEAD_BYTES + transaction.bytes()
}

fn longest_key(transaction: &Transaction) -> Option<usize> {
    transaction.keys().map(|key| key.len()).max()
}

/// What a numbered write adds to its batch.
pub fn once_bytes(once: &Once) -> usize {
    ORIGIN_BYTES + transaction_bytes(&once.transaction)
}

/// Whether a watch knows of no more partitions than there are.
pub fn check_watch(known: &[Epoch]) -> Result<(), LimitError> {
    match known.len() > usize::from(PARTITIONS) {
        true => check_partition(Partition(PARTITIONS)),
        false => Ok(()),
    }
}

/// Whether a page of a scan can be read.
pub fn check_scan(wanted: &WantedPage) -> Result<(), LimitError> {
    check_partition(wanted.partition)?;
    check_key(&wanted.prefix)?;
    if !(1..=SCAN_KEYS_MAX).contains(&wanted.keys_max) {
        return Err(LimitError::Page {
            keys: wanted.keys_max,
        });
    }
    match &wanted.after {
        Some(after) if !after.starts_with(&wanted.prefix) => Err(LimitError::After),
        Some(after) => check_key(after),
        None => Ok(()),
    }
}

/// Whether there is such a partition.
pub fn check_partition(partition: Partition) -> Result<(), LimitError> {
    if partition.0 >= PARTITIONS {
        return Err(LimitError::Partition { partition });
    }
    Ok(())
}

/// What a change adds to its batch.
pub fn op_bytes(op: &Op) -> usize {
    ENTRY_OVERHEAD_BYTES + op.bytes()
}

/// How much of an answer is a client's own data: what its other parts take is bounded.
pub fn reply_bytes(reply: &Reply) -> usize {
    match reply {
        Reply::Value {
            value: Some(value), ..
        }
        | Reply::AnyValue {
            value: Some(value), ..
        } => value.len(),
        Reply::Fate { lost: Some(lost), .. } => lost.bytes(),
        Reply::Page { page, .. } => page.bytes(),
        _ => 0,
    }
}

/// Whether a peer's message can be made a record and, once it is committed, be applied. Operations may be longer than
/// this build accepts from clients: that is another node's to check, and they may well be committed.
pub fn check_message(message: &Message) -> Result<(), LimitError> {
    let entries = match message {
        Message::Append { entries, .. } => entries,
        Message::Snapshot { snapshot, .. } => {
            return match &snapshot.state {
                // It has come in, page by page, and was checked then.
                Image::Named(_) => Ok(()),
                Image::Whole(state) => Err(LimitError::WholeState { bytes: state.bytes() }),
            };
        }
        _ => return Ok(()),
    };
    let bytes = entries.iter().map(Entry::bytes).sum();
    if bytes > APPEND_BYTES_MAX || sabotaged!("honest-append-refused") && entries.len() > 1 {
        return Err(LimitError::Append { bytes });
    }
    for entry in entries.iter() {
        let longest = match &entry.payload {
            Payload::Barrier | Payload::Joined { .. } | Payload::Register { .. } | Payload::Expire { .. } => {
                None
            }
            Payload::Op(op) => Some(op.key().len()),
            Payload::Transaction(transaction) => longest_key(transaction),
            Payload::Once(once) => longest_key(&once.transaction),
        };
        if let Some(bytes) = longest.filter(|bytes| *bytes > store::KEY_BYTES_MAX) {
            return Err(LimitError::Unstorable { bytes });
        }
    }
    Ok(())
}

/// Whether a configuration keeps to these bounds.
pub(super) fn check_limits(limits: &Limits) -> Result<(), LimitError> {
    match limits.append_bytes_max {
        bytes if bytes as usize > APPEND_BYTES_MAX => Err(LimitError::AppendLimit { bytes }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: usize, value: usize) -> Op {
        Op::Put {
            key: vec![0; key].into(),
            value: vec![0; value].into(),
        }
    }

    #[test]
    fn the_largest_operation_is_accepted_and_anything_larger_is_not() {
        assert_eq!(check_op(&put(KEY_BYTES_MAX, VALUE_BYTES_MAX)), Ok(()));
        let (key, value) = (KEY_BYTES_MAX + 1, VALUE_BYTES_MAX + 1);
        assert_eq!(check_op(&put(key, 0)), Err(LimitError::Key { bytes: key }));
        assert_eq!(check_op(&put(0, value)), Err(LimitError::Value { bytes: value }));
    }

    #[test]
    fn a_key_lives_for_some_time_but_not_for_too_long() {
        let check = |ttl_ms| {
            check_op(&Op::PutFor {
                key: "a".into(),
                value: "1".into(),
                ttl_ms,
                since_ms: 0,
            })
        };
        assert_eq!((check(1), check(TTL_MS_MAX)), (Ok(()), Ok(())));
        for ttl_ms in [0, TTL_MS_MAX + 1, u64::MAX] {
            assert_eq!(check(ttl_ms), Err(LimitError::TimeToLive { ttl_ms }));
        }
    }

    #[test]
    fn a_transaction_is_bounded_in_parts_and_bytes_and_stays_in_one_partition() {
        let of = |ops: Vec<Op>| Transaction {
            conditions: Vec::new(),
            ops,
        };
        let check = |ops| check_transaction(&of(ops));
        let parts = |ops| Err(LimitError::Parts { ops, conditions: 0 });
        assert_eq!(check(vec![]), parts(0));
        assert_eq!(check(vec![put(1, 0); TRANSACTION_PARTS_MAX]), Ok(()));
        assert_eq!(check(vec![put(1, 0); TRANSACTION_PARTS_MAX + 1]), parts(65));
        let half = VALUE_BYTES_MAX / 2;
        assert_eq!(check(vec![put(1, half - 64); 2]), Ok(()));
        assert!(matches!(
            check(vec![put(1, half); 3]),
            Err(LimitError::Transaction { .. })
        ));
        let (one, other) = ("a", "b");
        assert_ne!(
            Partition::of_key(one.as_bytes()),
            Partition::of_key(other.as_bytes())
        );
        let delete = |key: &str| Op::Delete { key: key.into() };
        assert_eq!(
            check(vec![delete(one), delete(other)]),
            Err(LimitError::Partitions)
        );
        let condition = katakv_core::Condition {
            key: other.into(),
            version: None,
        };
        let transaction = Transaction {
            conditions: vec![condition],
            ops: vec![delete(one)],
        };
        assert_eq!(check_transaction(&transaction), Err(LimitError::Partitions));
    }
}
