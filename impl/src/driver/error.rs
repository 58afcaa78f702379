//! What can go wrong with the driver.

use super::limits::LimitError;
use crate::codec::DecodeError;
use crate::store::StoreError;
use crate::wal::WalError;
use katakv_core::{NodeId, Partition, RecoverError, Violation};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a node does not open. What it has made durable is as it was, but for a torn tail that is cut.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The placement has nothing on this node. Correct the configuration.
    #[error("{0} is not one of the nodes that the configuration names. Correct it")]
    NoSuchNode(NodeId),
    /// The node was begun under another placement. Correct the configuration: what it has promised is of the partitions that it
    /// held then.
    #[error(
        "the node in {} was begun under another placement. A cluster keeps its placement for as long as it lives: correct the \
         configuration, or make a new cluster of a backup",
        dir.display()
    )]
    OtherPlacement {
        /// The directory.
        dir: PathBuf,
    },
    /// A limit of the configuration is out of range. Correct it.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The data directory cannot be made. Check its parent.
    #[error("cannot create {}: {source}. Check its parent directory", dir.display())]
    Directory {
        /// The directory.
        dir: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A directory that is to be looked at is not there. Is it a node's?
    #[error("{} is not there. Is this the data directory of a node that has run?", dir.display())]
    NotThere {
        /// The directory.
        dir: PathBuf,
    },
    /// There is no node's data. If the node has never run, begin it with `katakv init`; if it has lost its data, with
    /// `katakv refill`.
    #[error(
        "{} holds no node's data. If this node has never run, begin with `katakv init`. If it has lost its disk, begin with \
         `katakv refill`: it must not be taken for a new one",
        dir.display()
    )]
    NotBegun {
        /// The directory.
        dir: PathBuf,
    },
    /// A node that has never run was to begin where something is. Serve from it, or choose another directory.
    #[error("{} is not empty. Serve from it, refill it, or choose another directory", dir.display())]
    HasBegun {
        /// The directory.
        dir: PathBuf,
    },
    /// The log does not open: see there what to do. [`WalError::Refused`] is a [`RecordError`].
    #[error(transparent)]
    Wal(#[from] WalError),
    /// The store does not open: see there what to do.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store fails: see there what to do.
    #[error(transparent)]
    StoreFails(#[from] Arc<StoreError>),
    /// Log and store contradict each other. One of them is not this node's, or has lost what was synced: keep the
    /// directory, and refill the replica from its peers.
    #[error("{}: {partition}: {source}. Refill this replica from its peers", dir.display())]
    Recover {
        /// The node's directory.
        dir: PathBuf,
        /// The partition.
        partition: Partition,
        /// The contradiction.
        source: RecoverError,
    },
}

impl OpenError {
    /// Whether the node's data cannot be trusted any more, and it is to be refilled.
    pub fn calls_for_refill(&self) -> bool {
        match self {
            OpenError::Wal(error) => matches!(
                error,
                WalError::Damaged { .. } | WalError::MissingSegment { .. } | WalError::Refused { .. }
            ),
            OpenError::Recover { .. } | OpenError::Store(StoreError::Damaged { .. }) => true,
            _ => false,
        }
    }
}

/// Why an intact record of the log makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is of a partition that there is not.
    #[error("there is no such partition")]
    NoSuchPartition,
    /// It does not decode.
    #[error("it is not a record of this version: {0}")]
    Decode(#[from] DecodeError),
    /// It does not follow from the records before it.
    #[error("it contradicts the records before it: {0}")]
    Recover(#[from] RecoverError),
}

/// Why an input was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// No honest peer says this; nothing has changed. Close its connection.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// A peer's message is larger than any of ours; nothing has changed. Close its connection.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The store has failed. End the node; nothing that it says from now on can be trusted.
    #[error(transparent)]
    Store(Arc<StoreError>),
}
