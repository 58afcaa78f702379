//! What can go wrong, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::format::{Identity, Lsn};

/// Why the caller of [`Wal::open`](super::Wal::open) cannot make sense of a record.
pub type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// An error of the write-ahead log. Offsets are in bytes from the beginning of the file.
///
/// [`Wal::open`](super::Wal::open) returns all but `PayloadTooLarge` and `Poisoned`, and if it does, it has
/// changed no segment unless the error is `Io`. `append`, `flush` and `sync` return `PayloadTooLarge`, `Io`
/// and `Poisoned`.
#[derive(Debug, thiserror::Error)]
pub enum WalError {
    /// The operating system refused an operation.
    ///
    /// From `open`: remedy the cause and open again. From `append`, `flush` or `sync`: the log is poisoned;
    /// end the process, because nobody can say which of the records that were not yet synced the disk holds.
    #[error(
        "cannot {action} {}: {source}. Check the disk and its free space before starting again",
        file.display()
    )]
    Io {
        /// What was attempted: a verb, such as "sync".
        action: &'static str,
        /// The file or directory it was attempted on.
        file: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },

    /// Another process, or another `Wal` of this one, has the directory open. Stop it, then open again.
    #[error("{} is in use. Stop the process that has it open before starting this one", dir.display())]
    InUse {
        /// The directory of the log.
        dir: PathBuf,
    },

    /// `segment_bytes` of the configuration leaves no room for a record. Correct the configuration.
    #[error("segment_bytes is {segment_bytes}, but must be at least {min}. Correct the configuration")]
    SegmentTooSmall {
        /// The configured size.
        segment_bytes: u64,
        /// The smallest size that is possible.
        min: u64,
    },

    /// Something that had been synced is no longer intact. Do not serve from this log and claim nothing
    /// because of it: keep the directory for examination and refill the replica from its peers.
    #[error(
        "{}: offset {offset}: the {part} was synced and is now damaged. Keep the directory for examination, \
         check the disk, and refill this replica from its peers",
        file.display()
    )]
    Damaged {
        /// The damaged segment.
        file: PathBuf,
        /// Where the damaged header or record begins.
        offset: u64,
        /// What is damaged there.
        part: DamagedPart,
    },

    /// A segment is not there although one before and one after it are, or although nothing in the first one stands for
    /// it. As for `Damaged`; if the file was only moved, put it back.
    #[error(
        "{} is missing (from offset 0), but later segments exist. Put it back, or refill this replica \
         from its peers",
        file.display()
    )]
    MissingSegment {
        /// The file that should be there.
        file: PathBuf,
    },

    /// A segment's header has a number that its file name does not have: somebody renamed or copied it.
    /// Restore the right file.
    #[error(
        "{}: offset {offset}: this is segment {found} under a wrong name. Restore the files to their places",
        file.display()
    )]
    Misplaced {
        /// The file with the wrong name.
        file: PathBuf,
        /// Where the header has the number.
        offset: u64,
        /// The number in the header.
        found: u64,
    },

    /// The log belongs to another node or cluster. Point this node to its own directory.
    #[error(
        "{}: offset {offset}: the log belongs to {found}, this node is {expected}. \
         Configure this node's own directory",
        file.display()
    )]
    WrongIdentity {
        /// The first segment that says so.
        file: PathBuf,
        /// Where the header has the identity.
        offset: u64,
        /// The identity of the caller.
        expected: Identity,
        /// The identity in the header.
        found: Identity,
    },

    /// The log has a format that this program does not know. Start the version that made it.
    #[error(
        "{}: offset {offset}: format version {found} is not {known}, the one known here. \
         Start the version of the program that made it",
        file.display()
    )]
    UnknownVersion {
        /// The first segment that says so.
        file: PathBuf,
        /// Where the header has the version.
        offset: u64,
        /// The version in the header.
        found: u32,
        /// The version that this program reads and makes.
        known: u32,
    },

    /// The payload does not fit a record. Nothing was appended and the log is as good as before: split the
    /// payload.
    #[error("a payload of {bytes} bytes exceeds the limit of {max} bytes")]
    PayloadTooLarge {
        /// The size of the payload.
        bytes: usize,
        /// The largest size that is possible with this configuration.
        max: usize,
    },

    /// The caller cannot make sense of an intact record, so nothing was changed. Either another version of the
    /// program made it, or the program that made it was broken: keep the directory, and start the right version
    /// or refill the replica from its peers.
    #[error("{}: offset {offset}: the record of lsn {lsn} (partition {partition}): {reason}", file.display())]
    Refused {
        /// The segment that has the record.
        file: PathBuf,
        /// Where the record begins.
        offset: u64,
        /// Its place in the order.
        lsn: Lsn,
        /// Its partition.
        partition: u8,
        /// What the caller says is wrong with it.
        #[source]
        reason: Refusal,
    },

    /// An earlier operation failed with `Io`. End the process.
    #[error("an earlier failure left the state of the log unknown. End the process and open the log again")]
    Poisoned,
}

impl WalError {
    /// For `map_err`: the error of `action` on `file`.
    pub(super) fn io(action: &'static str, file: &Path) -> impl FnOnce(io::Error) -> WalError {
        move |source| WalError::Io {
            action,
            file: file.to_owned(),
            source,
        }
    }
}

/// The part of a segment that [`WalError::Damaged`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DamagedPart {
    /// The header, so that nothing in the segment can be trusted.
    Header,
    /// The record of this lsn. Those before it are intact, those after it may be.
    Record(Lsn),
}

impl fmt::Display for DamagedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DamagedPart::Header => write!(f, "header of the segment"),
            DamagedPart::Record(lsn) => write!(f, "record of lsn {lsn}"),
        }
    }
}
