//! What the driver asks for: the effects of a step, in the bytes of the log and the frames of the wire.

use crate::codec;
use crate::wire::PeerFrame;
use katakv_core::{Effect, NodeId, Partition, Reply, RequestId, Timer};

/// What is to be done. Each is safe to do at once: what must wait for the disk waits inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Append the record to the WAL under this partition.
    Append {
        /// The partition.
        partition: Partition,
        /// The encoded record: at most [`RECORD_BYTES_MAX`](super::limits::RECORD_BYTES_MAX).
        record: Vec<u8>,
    },
    /// Send to a peer. It may be lost, repeated or overtaken.
    Send {
        /// The receiver.
        to: NodeId,
        /// What to send.
        frame: PeerFrame,
    },
    /// Answer a client.
    Reply {
        /// Which request.
        request: RequestId,
        /// The answer.
        reply: Reply,
    },
    /// Start the partition's one timer anew.
    Arm {
        /// The partition.
        partition: Partition,
        /// What its firing will mean.
        timer: Timer,
    },
}

impl Output {
    pub(super) fn of(partition: Partition, effect: Effect) -> Output {
        match effect {
            Effect::Persist(record) => Output::Append {
                partition,
                record: codec::encode(&record),
            },
            Effect::Send { to, message } => Output::Send {
                to,
                frame: PeerFrame { partition, message },
            },
            Effect::Reply { request, reply } => Output::Reply { request, reply },
            Effect::Arm(timer) => Output::Arm { partition, timer },
        }
    }
}
