//! What one node says to another.

use katakv_core::{Bytes, Epoch, Lineage, Message, Partition};
use serde::{Deserialize, Serialize};

/// What one node sends to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerFrame {
    /// The group that the message belongs to.
    pub partition: Partition,
    /// What it says.
    pub message: Message,
}

/// What goes over the connection from one node to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeFrame {
    /// A message of the protocol.
    Message(PeerFrame),
    /// A part of a state, or the answer to one.
    State(StateFrame),
}

/// A part of a state on its way from a leader to a follower, or what the follower says to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateFrame {
    /// Whose state it is.
    pub partition: Partition,
    /// The leader's number for it.
    pub transfer: u64,
    /// The part.
    pub part: StatePart,
}

/// See [`StateFrame`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatePart {
    /// Pages follow.
    Begin {
        /// The leader's epoch.
        epoch: Epoch,
        /// Which epoch owns which index, up to the state's last entry.
        lineage: Lineage,
    },
    /// Some of its keys, with what the engine keeps under them.
    Page {
        /// Which, from 1.
        number: u64,
        /// The keys, and what is under them.
        items: Vec<(Bytes, Bytes)>,
        /// Whether it is the last one.
        is_last: bool,
    },
    /// The follower has stored the pages up to this one. If it is the last one, all of it is on its disk.
    Taken {
        /// The page.
        number: u64,
    },
    /// The follower knows nothing of this state, or no more.
    Refused,
}
