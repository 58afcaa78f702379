//! A peer's connection to this node: its messages go to the owner.

use super::bounds;
use super::connection::{Closed, Connection, Reader, Shared};
use super::error::ConnectionError;
use super::states::Arrived;
use crate::driver::limits;
use crate::wire::{NodeFrame, StatePart, frame};
use katakv_core::{Bytes, Entry, Message, NodeId, PARTITIONS};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// The newest connection of each peer. A peer has one at a time, so an older one is a remainder of which this node
/// has not heard the end, and is closed: otherwise such remainders would add up.
#[derive(Debug, Default)]
pub(super) struct Newest {
    connections: Mutex<BTreeMap<NodeId, Arc<Connection>>>,
}

impl Newest {
    fn set(&self, peer: NodeId, connection: &Arc<Connection>) {
        let mut connections = self
            .connections
            .lock()
            .expect("nothing panics while it holds the map");
        if let Some(older) = connections.insert(peer, Arc::clone(connection)) {
            older.close(Closed::Replaced);
        }
    }
}

/// Reads until the peer closes, or until it says something that ends the connection.
pub(super) async fn read(
    mut reader: Reader,
    from: NodeId,
    addr: SocketAddr,
    shared: &Shared,
) -> Result<(), ConnectionError> {
    let connection = Arc::new(Connection::new(addr));
    shared.peers.set(from, &connection);
    loop {
        let frame = tokio::select! {
            frame = frame::read::<NodeFrame>(&mut reader) => frame?,
            closed = connection.closing() => return Err(closed),
        };
        let Some(frame) = frame else { return Ok(()) };
        let (partition, bytes) = match &frame {
            NodeFrame::Message(frame) => (frame.partition, message_bytes(&frame.message)),
            NodeFrame::State(frame) => (frame.partition, state_bytes(&frame.part)),
        };
        if partition.0 >= PARTITIONS {
            return Err(ConnectionError::NoSuchPartition(partition));
        }
        if !shared.config.holds(partition) {
            return Err(ConnectionError::NotHeld(partition));
        }
        // While the owner is behind, the connection is not read, and the peer drops what does not get through.
        let room = Arc::clone(&shared.admission.messages)
            .acquire_many_owned(bounds::kib(bytes))
            .await
            .map_err(|_| ConnectionError::Stopping)?;
        let connection = Arc::clone(&connection);
        match frame {
            NodeFrame::Message(frame) => {
                check(&frame.message)?;
                shared.inbox.peer(from, frame, connection, room);
            }
            // A leader that has no answer gives up, and begins again later.
            NodeFrame::State(frame) if shared.space.is_full() && comes_in(&frame.part) => {}
            NodeFrame::State(frame) => {
                let arrived = Arrived {
                    from,
                    frame,
                    connection,
                    room,
                };
                shared.states.arrived(arrived);
            }
        }
    }
}

/// Whether a peer can have sent it.
fn check(message: &Message) -> Result<(), ConnectionError> {
    // Its state would have come page by page, and its name is this node's to give.
    if let Message::Snapshot { .. } = message {
        return Err(ConnectionError::StateAsMessage);
    }
    Ok(limits::check_message(message)?)
}

/// Whether it is to be stored here.
fn comes_in(part: &StatePart) -> bool {
    matches!(part, StatePart::Begin { .. } | StatePart::Page { .. })
}

/// What a part of a state weighs.
fn state_bytes(part: &StatePart) -> usize {
    const OVERHEAD: usize = 64;
    let items = match part {
        StatePart::Page { items, .. } => &items[..],
        _ => &[],
    };
    let item = |(key, found): &(Bytes, Bytes)| OVERHEAD + key.len() + found.len();
    OVERHEAD + items.iter().map(item).sum::<usize>()
}

/// What a message weighs.
pub(super) fn message_bytes(message: &Message) -> usize {
    const OVERHEAD: usize = 64;
    OVERHEAD
        + match message {
            Message::Append { entries, .. } => entries.iter().map(Entry::bytes).sum(),
            Message::Snapshot { snapshot, .. } => snapshot.bytes(),
            _ => 0,
        }
}
