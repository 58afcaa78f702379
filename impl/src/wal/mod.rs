//! The write-ahead log of one node: what [`Wal::sync`] reported is there after any crash, and what is not
//! there is never made up.
//!
//! # The promise
//! A record passes through three states, and every name in this module says which one it means:
//!
//! - *appended*: it has its place in the order, in memory. [`Wal::append`] gives it an [`Lsn`].
//! - *flushed*: the operating system holds it. It survives the process, not the machine.
//! - *synced*: the disk holds it. It survives both. Only [`Wal::sync`] says so.
//!
//! A crash keeps every synced record and any subset of the bytes that were appended after it. [`Wal::open`]
//! makes a *prefix* of that: it replays the records in order, up to the first that did not survive, and cuts
//! the rest. So the caller sees all that was synced, then perhaps some records that were not, and never a
//! gap.
//!
//! Payloads are opaque, and one log serves all partitions of a node, so that a single sync commits for all of
//! them ([`WalThread`]).
//!
//! # The files
//! ```text
//! wal-00000001.seg              wal-00000002.seg              wal-00000003.seg
//! +--------+----+----+----+--+  +--------+----+----+--------+  +---------------------+
//! | header |  1 |  2 |  3 |00|  | header |  4 |  5 |00000000|  |000000000000000000000|
//! +--------+----+----+----+--+  +--------+----+----+--------+  +---------------------+
//!  wholly valid: it was synced   the last segment: only its     prepared ahead: it has no
//!  before the next was begun     end can be torn                header, thus no records
//!
//! header  | magic 8 | version 4 | segment 8 | identity 16 | first lsn 8 | crc 4 |
//! record  | length 4 | crc 4 | lsn 8 | synced_through 8 | partition 1 | payload |
//! ```
//! Segments have a fixed size and are filled with zeros when they are created, so that a sync need not update
//! the file's metadata. A record never crosses from one segment to the next. To *rotate*, the log syncs the
//! old segment, then puts the header into the next and syncs it, and only then appends records there. Hence
//! two invariants which recovery relies on: every segment that has a successor with a header is wholly valid,
//! and where there is a record there was a synced header.
//!
//! The CRC of a record is seeded with the number of its segment: bytes that a former segment left in a reused
//! file are not records of this one, however intact they are.
//!
//! # Purge
//! The caller says from time to time again what all records so far amount to, and has the segments before that removed,
//! the oldest first, each removal synced before the next ([`Wal::purge_before`]). So a log begins with any segment, and
//! is complete from there on. Whether the records that stand for the purged ones are there is the caller's to check: it is
//! told the lsn of the first record, which is 1 only in a log of which nothing was purged.
//!
//! # Torn tail or damage?
//! Both look the same at first: an invalid record where lsn `x` should be. A torn tail is what every power
//! failure leaves, and must be cut without fuss. Damage is the loss of something that was promised, and must
//! never be cut: the node would forget a vote or an acknowledgement and not know it.
//!
//! "Valid records follow, therefore it is damage" is wrong. The disk may take the pages of an un-synced group
//! in any order, so a crash can keep the end of the group and lose its beginning. Nobody was promised any of
//! it. The test has to be whether `x` had been *synced*, so every record carries the answer for those before
//! it: `synced_through`, the lsn through which the log was synced when the record was appended.
//!
//! ```text
//!          synced        group in flight at the crash
//!    ... [ 7 | 8 ]    [ 9 |  x  | 11 | 12 ]      11 and 12 say synced_through = 8: nothing promised 10.
//!                           10                   Torn: cut from 10 on.
//!
//!    ... [ 7 |  x ]   [ 9 | 10 | 11 | 12 ]       9 says synced_through = 8: 8 was promised.
//!                8                               Damage: refuse to open, change nothing.
//! ```
//! So: an invalid record `x` is damage if a later segment has a header, or if some valid record after it says
//! `synced_through >= x`. Otherwise it is a torn tail, and everything from `x` on is cut.
//!
//! # What it cannot tell
//! - Damage to the last group that was ever synced: no later record testifies for it, so it looks like a tear
//!   and is cut. [`TornTail`] reports it, unless it left only zeros; replication has to cover it. The next
//!   group closes the window.
//! - The loss of the newest segment file as a whole, or of the whole directory.
//! - A disk that changes bytes which a write did not. A group begins in the sector where the last one ended,
//!   and puts back the same bytes there; that this leaves them intact is assumed.
//!
//! # Example
//! ```
//! use katakv::wal::{Identity, Lsn, Wal, WalConfig};
//!
//! let home = tempfile::tempdir()?;
//! let dir = home.path().join("wal");
//! let node = Identity(*b"cluster-a/node-1");
//!
//! let (mut wal, _) = Wal::open(&dir, node, WalConfig::default(), |_, _, _| unreachable!("the log is new"))?;
//! wal.append(3, b"vote")?;
//! wal.append(7, b"entry")?;
//! assert_eq!(wal.sync()?, Lsn(2)); // one sync for both partitions
//! wal.append(3, b"only appended")?;
//! drop(wal); // as a crash: nothing is flushed on the way out
//!
//! let mut replayed = Vec::new();
//! let (_, report) = Wal::open(&dir, node, WalConfig::default(), |_lsn, partition, payload| {
//!     replayed.push((partition, payload.to_vec()));
//!     Ok(())
//! })?;
//! assert_eq!(replayed, [(3, b"vote".to_vec()), (7, b"entry".to_vec())]);
//! assert_eq!(report.torn_tail, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod directory;
mod error;
mod format;
mod headers;
mod log;
mod open;
mod prepare;
mod recovery;
mod repair;
mod segment;
mod thread;

#[cfg(test)]
mod tests;

pub use error::{DamagedPart, Refusal, WalError};
pub use format::{Identity, Lsn, PAYLOAD_BYTES_MAX};
pub use log::{Appended, Wal, WalConfig};
pub use open::{Scanned, WalLock};
pub use recovery::{RecoveryReport, TornTail};
pub use thread::{Outcome, QUEUED_SUBMISSIONS_MAX, SubmitError, Synced, WalHandle, WalStopped, WalThread};
