//! The events of a tap.

use crate::codec;
use crate::wire::ClusterId;
use katakv_core::{
    EntryId, Epoch, Input, Lineage, MemLog, MemStore, Node, NodeId, Partition, RequestId, Timer,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that the node was given or did. Generic over what is large, so that recording borrows it; borrowed and owned
/// have the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event<I = Input, N = Box<Node<MemLog, MemStore>>> {
    /// The process has opened the node's directory. The first event of a file; a `Recovered` for each partition follows that the
    /// node holds, which says who else does.
    Started {
        /// The cluster.
        cluster: ClusterId,
        /// Which node.
        node: NodeId,
    },
    /// A replica as it came back. Its store's content is there only if the log is compacted: otherwise the log has it.
    Recovered {
        /// Of which partition.
        partition: Partition,
        /// The replica.
        replica: N,
    },
    /// The driver got an input.
    Input {
        /// For which partition.
        partition: Partition,
        /// What.
        input: I,
    },
    /// The input just before was refused, as no honest peer says it, and changed nothing.
    Refused,
    /// A record was handed to the log.
    Appended {
        /// Under which partition.
        partition: Partition,
        /// Of its payload.
        record: Sum,
    },
    /// A message was handed to the link to a peer.
    Sent {
        /// Of which partition.
        partition: Partition,
        /// The peer.
        to: NodeId,
        /// Of the message.
        message: Sum,
    },
    /// A client was answered.
    Replied {
        /// Which request.
        request: RequestId,
        /// Of the answer.
        reply: Sum,
    },
    /// A session read, or a question after a level, that could not be answered yet was kept, to be presented again.
    Parked {
        /// Which request.
        request: RequestId,
    },
    /// A partition's timer was started anew.
    Armed {
        /// Of which partition.
        partition: Partition,
        /// Which.
        timer: Timer,
    },
    /// All that was asked for so far is done.
    Performed,
    /// Nothing more is recorded. A file that does not end with it was cut off, as by `kill -9`.
    Ended(End),
    /// The input just before let a state be sent: that which the store had as of this entry. How far a store's disk is behind
    /// what is applied, no input says.
    Imaged {
        /// Of which partition.
        partition: Partition,
        /// The state's last entry.
        at: EntryId,
    },
    /// A state was handed to the thread that sends it page by page.
    StateSent {
        /// Of which partition.
        partition: Partition,
        /// The peer.
        to: NodeId,
        /// Of the sender's epoch and the state's lineage: see [`Sum::of_state`].
        state: Sum,
    },
}

/// Why a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The node was stopped in good order.
    Stopped,
    /// The limit on the size was reached; the node went on.
    Limit,
    /// Events came faster than they could be put into the file; the node went on.
    Behind,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            End::Stopped => "the node was stopped",
            End::Limit => "the limit on its size was reached",
            End::Behind => "the disk did not keep up",
        })
    }
}

/// The checksum of an encoded value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sum {
    /// How long it is.
    pub bytes: u32,
    /// Its CRC-32C.
    pub crc: u32,
}

impl Sum {
    /// Of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Sum {
        Sum {
            bytes: bytes.len() as u32,
            crc: crc32c::crc32c(bytes),
        }
    }

    /// Of a value's encoding, for which `scratch` lends its memory.
    pub fn of<T: Serialize>(value: &T, scratch: &mut Vec<u8>) -> Sum {
        scratch.clear();
        codec::encode_into(scratch, value);
        Sum::of_bytes(scratch)
    }

    /// Of what a state on its way between nodes says about itself. Each store has its own name for what it holds.
    pub fn of_state(epoch: Epoch, lineage: &Lineage, scratch: &mut Vec<u8>) -> Sum {
        Sum::of(&(epoch, lineage), scratch)
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes with checksum {:08x}", self.bytes, self.crc)
    }
}
