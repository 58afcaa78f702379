//! What the driver asks for: the effects of a step, in the bytes of the log and the frames of the wire.

use crate::codec;
use crate::store::{ScanView, StoreImage, Stores};
use crate::wire::PeerFrame;
use katakv_core::{
    Effect, EntryId, Epoch, Image, Lineage, Message, NodeId, PARTITIONS, Partition, Reply, RequestId,
    Snapshot, Timer,
};

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
    /// Send a peer a state, whole or not at all: a message of the protocol that need not fit a frame. What the peer is given in
    /// the end is a `Snapshot` with the name under which its own store has it.
    SendState {
        /// The receiver.
        to: NodeId,
        /// The partition.
        partition: Partition,
        /// The sender's epoch.
        epoch: Epoch,
        /// Which epoch owns which index, up to the state's last entry.
        lineage: Lineage,
        /// The state.
        image: StoreImage,
    },
    /// Answer a client.
    Reply {
        /// Which request.
        request: RequestId,
        /// The answer.
        reply: Reply,
    },
    /// Answer a client with a page of a scan, which is yet to be read: that may take longer than others can be kept waiting.
    Page {
        /// Which request.
        request: RequestId,
        /// The state that it is of.
        at: EntryId,
        /// What to read it from.
        view: ScanView,
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
    pub(super) fn of(partition: Partition, effect: Effect, stores: &Stores) -> Output {
        match crate::sabotage::effect(effect) {
            Effect::Send {
                to,
                message:
                    Message::Snapshot {
                        epoch,
                        snapshot:
                            Snapshot {
                                lineage,
                                state: Image::Named(name),
                            },
                    },
            } => Output::SendState {
                to,
                partition,
                epoch,
                lineage,
                image: stores.take_image(name).expect("the store has just named it"),
            },
            Effect::Persist(record) => Output::Append {
                partition,
                record: codec::encode(&record),
            },
            Effect::Send { to, message } => {
                let partition = match sabotaged!("message-under-another-partition") {
                    true => Partition((partition.0 + 1) % PARTITIONS),
                    false => partition,
                };
                Output::Send {
                    to,
                    frame: PeerFrame { partition, message },
                }
            }
            Effect::Reply {
                request,
                reply: Reply::Page { at, .. },
            } => Output::Page {
                request,
                at,
                view: stores.take_view(partition).expect("the store has just taken it"),
            },
            Effect::Reply { request, reply } => Output::Reply { request, reply },
            Effect::Arm(timer) => Output::Arm { partition, timer },
        }
    }
}
