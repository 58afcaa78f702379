//! What can go wrong with the store.

use crate::codec::DecodeError;
use crate::wal::Identity;
use katakv_core::Partition;
use std::path::PathBuf;

/// An error of the store. While the node runs only `Engine`, `NoVersion` and `Panicked` are possible, and all end it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine refused an operation. Check the disk and its free space. If it does not open after a crash,
    /// refill the replica from its peers.
    #[error(
        "cannot {action} in {}: {source}. Check the disk and its free space; if it does not open, \
         refill this replica from its peers",
        dir.display()
    )]
    Engine {
        /// What was attempted.
        action: &'static str,
        /// The store's directory.
        dir: PathBuf,
        /// The engine's answer.
        source: fjall::Error,
    },

    /// The store belongs to another node or cluster. Point this node to its own directory.
    #[error(
        "{}: the store belongs to {found}, this node is {expected}. Configure this node's own directory",
        dir.display()
    )]
    WrongIdentity {
        /// The store's directory.
        dir: PathBuf,
        /// The identity of the caller.
        expected: Identity,
        /// The identity in the store.
        found: Identity,
    },

    /// The store has no identity that could be read, although it is not new: it is damaged, or is not one of ours.
    /// If it was this node's, refill the replica from its peers.
    #[error(
        "{}: the store does not say whose it is. If it was this node's, refill this replica from its peers",
        dir.display()
    )]
    NoIdentity {
        /// The store's directory.
        dir: PathBuf,
    },

    /// The store has another format than this build's. Refill the replica from its peers.
    #[error(
        "{}: the store has another format than this version's. Refill this replica from its peers",
        dir.display()
    )]
    OtherFormat {
        /// The store's directory.
        dir: PathBuf,
    },

    /// A value has no version: the store is damaged. Refill the replica from its peers.
    #[error(
        "{}: a value of {partition} has no version. Refill this replica from its peers",
        dir.display()
    )]
    NoVersion {
        /// The store's directory.
        dir: PathBuf,
        /// The partition.
        partition: Partition,
    },

    /// What a partition has applied cannot be read. Refill the replica from its peers.
    #[error(
        "{}: the applied entry of {partition} is damaged: {source}. Refill this replica from its peers",
        dir.display()
    )]
    Damaged {
        /// The store's directory.
        dir: PathBuf,
        /// The partition.
        partition: Partition,
        /// What is wrong with it.
        source: DecodeError,
    },

    /// An item of a state that a peer sends cannot be stored: the peer is not one of ours. Close its connection.
    #[error("an item of {bytes} bytes that no store can take")]
    Item {
        /// The length of key and value.
        bytes: usize,
    },

    /// The thread that moves changes into the engine has panicked: a bug, there or here. End the process.
    #[error("the thread of the store has panicked; its message is on the standard error output")]
    Panicked,

    /// The operating system gives no thread. Free some.
    #[error("cannot start the thread of the store: {0}")]
    Thread(#[source] std::io::Error),
}
