//! What can go wrong with a server, and with one of its connections.

use super::config::{OWNERS_MAX, Timing};
use crate::driver::OpenError;
use crate::driver::limits::LimitError;
use crate::store::StoreError;
use crate::tap::TapError;
use crate::wal::{SubmitError, WalError};
use crate::wire::ClusterId;
use crate::wire::frame::FrameError;
use katakv_core::{NodeId, Partition};
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Why a server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The configuration has no address for this node. Correct it.
    #[error("the configuration has no address for {0}. Correct it")]
    NoSuchNode(NodeId),
    /// The times are out of order. Correct the configuration.
    #[error("the times must be 0 < heartbeat < election_min < election_max, but are {0:?}. Correct them")]
    Timing(Timing),
    /// There are more owners than partitions, so that some would have nothing to do. Correct the configuration.
    #[error("owners is {0}, but must be at most {OWNERS_MAX}. Correct the configuration")]
    Owners(NonZeroUsize),
    /// A segment of the log has no room for the largest record. Correct the configuration.
    #[error("segment_bytes is {segment_bytes}, but must be at least {min}. Correct the configuration")]
    SegmentBytes {
        /// The configured size.
        segment_bytes: u64,
        /// The smallest size that is possible.
        min: u64,
    },
    /// The address cannot be listened on. Free it, or correct the configuration.
    #[error("cannot listen on {addr}: {source}. Is another server running there?")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The operating system gives no thread. Free some.
    #[error("cannot start an owner's thread: {0}")]
    Thread(#[source] io::Error),
    /// The node's data does not open: see there what to do.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nothing can be recorded where it was asked for. Correct that, or do without.
    #[error("cannot record: {0}")]
    Record(#[from] TapError),
    /// The log failed. End the process; once the disk is in order, start it again.
    #[error(transparent)]
    Wal(#[from] WalError),
    /// The log took no record. End the process.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The store failed. End the process; once the disk is in order, start it again.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// An owner has panicked: the protocol came to a state that must be impossible. End the process, keep its data
    /// directory and its log, and report it.
    #[error("an impossible state; the panic's message is on the standard error output. Report it")]
    Panicked,
}

/// Why a connection was closed. It goes to the log, with the address; the node lives on.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// Its bytes cannot be understood. It is not one of ours, or of another version.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A peer's message is larger than any of ours.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// It failed.
    #[error("connection lost: {0}")]
    Io(#[from] io::Error),
    /// It said no hello in time.
    #[error("no hello in time")]
    NoHello,
    /// It is of another cluster. Correct the configuration of one of the two.
    #[error("it belongs to cluster {found:?}, this node to {own:?}")]
    WrongCluster {
        /// This node's.
        own: ClusterId,
        /// The one that it named.
        found: ClusterId,
    },
    /// It says that it is a node which is not this one's peer. Correct the configuration of one of the two.
    #[error("{0} is not a peer")]
    NotAPeer(NodeId),
    /// Too many of its kind are open.
    #[error("too many connections")]
    TooMany,
    /// The same peer has opened another one.
    #[error("the peer has a newer connection")]
    Replaced,
    /// It spoke of a partition that this node does not hold. The two have different configurations: correct one of them.
    #[error("{0} is not on this node")]
    NotHeld(Partition),
    /// It spoke of a partition that there is not.
    #[error("there is no partition {0}")]
    NoSuchPartition(Partition),
    /// It sent a state as a message of the protocol, where it has to come page by page.
    #[error("a state as one message")]
    StateAsMessage,
    /// It has asked nothing for long.
    #[error("it is idle")]
    Idle,
    /// It has begun a frame and does not complete it.
    #[error("it does not complete a frame")]
    HalfFrame,
    /// It said what no honest peer says; that is in the log, too.
    #[error("refused by the protocol")]
    Refused,
    /// It does not take what is sent to it.
    #[error("it does not read what is sent to it")]
    Stuck,
    /// The node ends.
    #[error("the node stops")]
    Stopping,
}
