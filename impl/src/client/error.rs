//! What can become of an operation that did not succeed; one type per operation.

use super::cluster::Failure;
use crate::session::OtherCluster;
use katakv_core::{EntryId, LostRange, Partition};

/// Why a read has no answer. Nothing was changed, and the session is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// What the session has seen was truncated by a failover. Decide what that means to the application; to go on,
    /// call [`crate::session::Session::forget`] with the range and read again.
    #[error("LOST: entries {range} of {partition} are gone, which this session has seen")]
    Lost {
        /// The partition that lost them.
        partition: Partition,
        /// The entries that are gone.
        range: LostRange,
    },
    /// No replica could answer in time. Try again with the same session, later or with a longer deadline.
    #[error("unavailable: {tried}")]
    Unavailable {
        /// What was tried, node by node.
        tried: String,
    },
    /// The request breaks a limit. Do not send it again as it is.
    #[error("refused: {0}")]
    Invalid(String),
    /// The session belongs to another cluster. Use that cluster's addresses, or a new session.
    #[error(transparent)]
    OtherCluster(#[from] OtherCluster),
}

/// Why a write was not acknowledged. The session is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The write was not sent, because what the session has seen before turned out to be lost. Decide what that
    /// means; to go on, call [`crate::session::Session::forget`] with the range and write again.
    #[error(
        "LOST: entries {range} of {partition} are gone, which this session has seen; nothing was changed"
    )]
    Lost {
        /// The partition that lost them.
        partition: Partition,
        /// The entries that are gone.
        range: LostRange,
    },
    /// The write was surely not carried out. Send it again, later or with a longer deadline.
    #[error("unavailable, and surely not carried out: {tried}")]
    Unavailable {
        /// What was tried, node by node.
        tried: String,
    },
    /// Nobody can say whether the write was carried out, or will be. Read the key before you write it again: a blind
    /// second copy could overwrite what another client wrote in between.
    #[error("outcome unknown, it may have been carried out: {tried}")]
    OutcomeUnknown {
        /// What was tried, node by node.
        tried: String,
        /// The write's entry, if a node accepted it and then stepped down.
        at: Option<EntryId>,
    },
    /// The request breaks a limit and was not carried out. Do not send it again as it is.
    #[error("refused: {0}")]
    Invalid(String),
    /// The session belongs to another cluster; nothing was sent. Use that cluster's addresses, or a new session.
    #[error(transparent)]
    OtherCluster(#[from] OtherCluster),
}

/// Why a transaction was not carried out, or is not known to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactError {
    /// A condition did not hold, so nothing was changed, and nothing will be: the session has seen that much. Read again, and
    /// decide anew.
    #[error("conflict at {at}: the key of condition {condition} is {}", version_found(*version))]
    Conflict {
        /// The entry that changed nothing.
        at: EntryId,
        /// The place of the first condition that did not hold.
        condition: u32,
        /// The version that its key has instead.
        version: Option<EntryId>,
    },
    /// What can befall any write.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn version_found(version: Option<EntryId>) -> String {
    version.map_or("absent".to_owned(), |version| version.to_string())
}

/// Why nobody said what became of a write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FateError {
    /// No replica answered in time. Ask again, later or with a longer deadline.
    #[error("unavailable: {tried}")]
    Unavailable {
        /// What was tried, node by node.
        tried: String,
    },
    /// There is no such partition. Do not ask again as it is.
    #[error("refused: {0}")]
    Invalid(String),
}

impl From<Failure> for FateError {
    fn from(failure: Failure) -> FateError {
        match failure {
            Failure::Invalid(why) => FateError::Invalid(why),
            Failure::Unavailable { tried, .. } => FateError::Unavailable { tried },
        }
    }
}

impl From<Failure> for ReadError {
    fn from(failure: Failure) -> ReadError {
        match failure {
            Failure::Invalid(why) => ReadError::Invalid(why),
            Failure::Unavailable { tried, .. } => ReadError::Unavailable { tried },
        }
    }
}

impl From<Failure> for WriteError {
    fn from(failure: Failure) -> WriteError {
        match failure {
            Failure::Invalid(why) => WriteError::Invalid(why),
            Failure::Unavailable { tried, maybe_done } if maybe_done => {
                WriteError::OutcomeUnknown { tried, at: None }
            }
            Failure::Unavailable { tried, .. } => WriteError::Unavailable { tried },
        }
    }
}

/// Before a write, a read settles what is in doubt; its failure means that the write was not sent.
impl From<ReadError> for WriteError {
    fn from(error: ReadError) -> WriteError {
        match error {
            ReadError::Lost { partition, range } => WriteError::Lost { partition, range },
            ReadError::Unavailable { tried } => WriteError::Unavailable { tried },
            ReadError::Invalid(why) => WriteError::Invalid(why),
            ReadError::OtherCluster(error) => WriteError::OtherCluster(error),
        }
    }
}
