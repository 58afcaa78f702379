//! What goes into a step, and what comes out of it.

use crate::{Index, Message, NodeId, Record, Reply, Request, RequestId};
use serde::{Deserialize, Serialize};

/// Everything that can happen to a replica.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Input {
    /// A peer's message arrived. The caller has asked [`crate::Node::admits`] first.
    Receive {
        /// Who sent it.
        from: NodeId,
        /// What it says.
        message: Message,
    },
    /// The armed timer fired.
    Timeout(Timer),
    /// Client requests: all that the caller has queued, as one batch.
    Requests(Vec<Request>),
    /// The oldest `n` records that are in flight are durable now.
    Synced(u32),
    /// The log may drop its entries up to here. The caller has seen to it that, as far as they are applied, the store's
    /// own disk has them: a crash takes the store back to no entry before. So it has what is in quarantine.
    Compact {
        /// The last entry that may go.
        to: Index,
    },
    /// This replica is about to stop, or is not to lead for another reason: if it leads, it hands over.
    Transfer {
        /// Who is to lead next, or `None` for whoever has got farthest.
        to: Option<NodeId>,
    },
    /// The caller's clock has got somewhere: keys may be due. [`Node::next_expiry`](crate::Node::next_expiry) says when that is of use.
    Clock {
        /// What it shows, in milliseconds since the Unix epoch.
        now_ms: u64,
    },
}

/// What the caller has to do, in order. Each is safe to do at once: what must wait for the disk waits inside.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Append the record to the WAL. `Input::Synced` tells when it is durable.
    Persist(Record),
    /// Send to a peer. It may be lost, repeated or overtaken.
    Send {
        /// The receiver.
        to: NodeId,
        /// What to say.
        message: Message,
    },
    /// Answer a client.
    Reply {
        /// Which request.
        request: RequestId,
        /// The answer.
        reply: Reply,
    },
    /// Start this timer anew. A replica has one timer: arming one disarms the other.
    Arm(Timer),
}

/// The one timer of a replica, by what its firing means. How long it runs is the caller's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// No leader was heard for a randomised while: campaign, or ask first whether that would lead to anything.
    Election,
    /// It is time that followers hear from their leader.
    Heartbeat,
}
