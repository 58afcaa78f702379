//! How the engine's one keyspace is laid out: what its keys and values look like, and nothing of how they get there.
//!
//! ```text
//!   [partition, 0]                        its position: the last entry that it has applied, and its generation
//!   [partition, 1] generation [0] key     its data: the version, 16 bytes, then the value
//!   [partition, 1] generation [1] client  what is remembered of a client, by its name, 16 bytes that sort as ids do
//!   [partition, 1] generation [2] key     when the key goes, if time ends it: 8 bytes, little endian, of milliseconds since the Unix epoch
//!   [partition, 1] generation [3]         what time its log says that it is, in the same form
//!   [partition, 2] id                     what its log has given up: the entry's id, 16 bytes that sort as ids do, and its payload
//!   [255]                                 the format of all this, one byte, and whose store it is
//! ```
//! A generation is 8 bytes, big endian. The position says which one the data is of; others are states that are coming in, or
//! garbage.

use crate::codec;
use katakv_core::{Bytes, Client, EntryId, Epoch, Index, Partition, Versioned};

/// How long a key may be at most: the engine panics at a longer one.
pub const KEY_BYTES_MAX: usize = u16::MAX as usize - DATA_PREFIX_BYTES;

/// What stands before a key in the engine.
pub(super) const DATA_PREFIX_BYTES: usize = STATE_PREFIX_BYTES + 1;

/// What stands before everything that is of one state.
const STATE_PREFIX_BYTES: usize = PREFIX_BYTES + 8;

/// What stands before everything that is of one partition, and what it is of it.
pub(super) const PREFIX_BYTES: usize = 2;

/// The format that this build reads and makes. A store of another one is not opened.
pub(super) const FORMAT: u8 = 3;

/// What stands before a value in the engine: epoch and index of its version, little endian.
pub(super) const VERSION_BYTES: usize = 16;

/// The second byte of keys: what they are of a partition.
const POSITION: u8 = 0;
const STATE: u8 = 1;
const QUARANTINE: u8 = 2;
/// The first byte after a generation: what it is of the state.
pub(super) const DATA: u8 = 0;
pub(super) const CLIENT: u8 = 1;
pub(super) const DEADLINE: u8 = 2;
pub(super) const CLOCK: u8 = 3;
/// No partition has this number.
pub(super) const IDENTITY: [u8; 1] = [255];

/// Where the position of a partition is.
pub(super) fn position_key(partition: Partition) -> [u8; PREFIX_BYTES] {
    [partition.0, POSITION]
}

/// What stands before every key of a state.
pub(super) fn state_key(partition: Partition, generation: u64) -> Vec<u8> {
    [&[partition.0, STATE][..], &generation.to_be_bytes()].concat()
}

/// What comes after every key of a state.
pub(super) fn state_end(partition: Partition, generation: u64) -> Vec<u8> {
    match generation.checked_add(1) {
        Some(next) => state_key(partition, next),
        None => states_end(partition),
    }
}

/// What comes after every key of all states of a partition.
pub(super) fn states_end(partition: Partition) -> Vec<u8> {
    vec![partition.0, STATE + 1]
}

pub(super) fn data_key(partition: Partition, generation: u64, key: &[u8]) -> Vec<u8> {
    let mut data_key = state_key(partition, generation);
    data_key.push(DATA);
    data_key.extend_from_slice(key);
    data_key
}

/// What comes after every key of a state's data.
pub(super) fn data_end(partition: Partition, generation: u64) -> Vec<u8> {
    [&state_key(partition, generation)[..], &[DATA + 1]].concat()
}

/// What stands before a client's name.
pub(super) fn clients_key(partition: Partition, generation: u64) -> Vec<u8> {
    [&state_key(partition, generation)[..], &[CLIENT]].concat()
}

pub(super) fn client_key(partition: Partition, generation: u64, client: EntryId) -> Vec<u8> {
    let (epoch, index) = (client.epoch.0.to_be_bytes(), client.index.0.to_be_bytes());
    [&clients_key(partition, generation)[..], &epoch, &index].concat()
}

/// The name in the end of such a key.
pub(super) fn name_of(name: &[u8]) -> Option<EntryId> {
    let (epoch, index) = name.split_first_chunk::<8>()?;
    let index = <[u8; 8]>::try_from(index).ok()?;
    let (epoch, index) = (u64::from_be_bytes(*epoch), u64::from_be_bytes(index));
    Some(EntryId::new(Epoch(epoch), Index(index)))
}

/// What stands before a key that has a deadline.
pub(super) fn deadlines_key(partition: Partition, generation: u64) -> Vec<u8> {
    [&state_key(partition, generation)[..], &[DEADLINE]].concat()
}

pub(super) fn deadline_key(partition: Partition, generation: u64, key: &[u8]) -> Vec<u8> {
    [&deadlines_key(partition, generation)[..], key].concat()
}

pub(super) fn clock_key(partition: Partition, generation: u64) -> Vec<u8> {
    [&state_key(partition, generation)[..], &[CLOCK]].concat()
}

/// What is kept of a time.
pub(super) fn time(ms: u64) -> [u8; 8] {
    ms.to_le_bytes()
}

/// What [`time`] has made.
pub(super) fn time_of(found: &[u8]) -> Option<u64> {
    found.try_into().ok().map(u64::from_le_bytes)
}

/// Whether this can be an item of a state that comes in from another store.
pub(super) fn is_item(key: &[u8], found: &[u8]) -> bool {
    let Some((kind, name)) = key.split_first() else {
        return false;
    };
    match *kind {
        DATA => name.len() <= KEY_BYTES_MAX && found.len() >= VERSION_BYTES,
        CLIENT => name_of(name).is_some() && codec::decode::<Client>(found).is_ok(),
        DEADLINE => name.len() <= KEY_BYTES_MAX && time_of(found).is_some(),
        CLOCK => name.is_empty() && time_of(found).is_some(),
        _ => false,
    }
}

pub(super) fn quarantine_key(partition: Partition, id: EntryId) -> Vec<u8> {
    let (epoch, index) = (id.epoch.0.to_be_bytes(), id.index.0.to_be_bytes());
    [&[partition.0, QUARANTINE], &epoch[..], &index[..]].concat()
}

/// What comes after everything in quarantine of a partition.
pub(super) fn quarantine_end(partition: Partition) -> Vec<u8> {
    vec![partition.0, QUARANTINE + 1]
}

/// The id in such a key.
pub(super) fn id_of(key: &[u8]) -> EntryId {
    let number = |half: &[u8]| half.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (epoch, index) = key[PREFIX_BYTES..].split_at(VERSION_BYTES / 2);
    EntryId::new(Epoch(number(epoch)), Index(number(index)))
}

/// What is kept under a key of the data.
pub(super) fn data(found: &Versioned) -> Vec<u8> {
    let EntryId { epoch, index } = found.version;
    [
        &epoch.0.to_le_bytes()[..],
        &index.0.to_le_bytes()[..],
        &found.value[..],
    ]
    .concat()
}

/// What [`data`] has made; `None` if it is too short for that.
pub(super) fn versioned(found: &[u8]) -> Option<Versioned> {
    let (version, value) = found.split_first_chunk::<VERSION_BYTES>()?;
    let number = |half: &[u8]| half.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (epoch, index) = version.split_at(VERSION_BYTES / 2);
    Some(Versioned {
        value: Bytes::from(value),
        version: EntryId::new(Epoch(number(epoch)), Index(number(index))),
    })
}
