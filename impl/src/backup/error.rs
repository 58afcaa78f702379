//! What can go wrong with a backup.

use crate::client::Failure;
use crate::codec::DecodeError;
use crate::driver::OpenError;
use crate::store::StoreError;
use crate::wal::WalError;
use katakv_core::Partition;
use std::io;
use std::path::{Path, PathBuf};

/// Why there is no backup, or none is restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The operating system refused an operation. Remedy the cause and begin anew.
    #[error("cannot {action} {}: {source}", file.display())]
    Io {
        /// What was attempted: a verb.
        action: &'static str,
        /// The file or directory.
        file: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The directory has something in it. Choose another one.
    #[error("{} is not empty. Choose another directory", dir.display())]
    NotEmpty {
        /// The directory.
        dir: PathBuf,
    },
    /// No node gave a partition's state. Try again later.
    #[error("{partition}: {source}")]
    Unavailable {
        /// The partition.
        partition: Partition,
        /// What was tried.
        source: Failure,
    },
    /// The backup is not what its checksums say, or is none. Take another one.
    #[error("{}: {what}. This backup cannot be used", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The restored node's store does not open, or fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The restored node's log does not open, or fails.
    #[error(transparent)]
    Wal(#[from] WalError),
    /// The restored node does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What was restored is not what the backup has. Check the disk and begin anew.
    #[error("{partition}: what was restored is not what the backup has. Check the disk, and restore again")]
    Differs {
        /// The partition.
        partition: Partition,
    },
}

impl BackupError {
    /// For `map_err`.
    pub(super) fn io(action: &'static str, file: &Path) -> impl FnOnce(io::Error) -> BackupError {
        move |source| BackupError::Io {
            action,
            file: file.to_owned(),
            source,
        }
    }

    pub(super) fn damaged(file: &Path, what: impl ToString) -> BackupError {
        BackupError::Damaged {
            file: file.to_owned(),
            what: what.to_string(),
        }
    }

    pub(super) fn decode(file: &Path) -> impl FnOnce(DecodeError) -> BackupError {
        move |error| BackupError::damaged(file, error)
    }
}
