//! A peer's connection to this node: its messages go to the owner.

use super::bounds;
use super::connection::{Closed, Connection, Reader, Shared};
use super::error::ConnectionError;
use super::inbox::Event;
use crate::driver::limits;
use crate::wire::{PeerFrame, frame};
use katakv_core::{Entry, Message, NodeId, PARTITIONS};
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
            frame = frame::read::<PeerFrame>(&mut reader) => frame?,
            closed = connection.closing() => return Err(closed),
        };
        let Some(frame) = frame else { return Ok(()) };
        if frame.partition.0 >= PARTITIONS {
            return Err(ConnectionError::NoSuchPartition(frame.partition));
        }
        limits::check_message(&frame.message)?;
        // While the owner is behind, the connection is not read, and the peer drops what does not get through.
        let size = bounds::kib(message_bytes(&frame.message));
        let room = Arc::clone(&shared.admission.messages)
            .acquire_many_owned(size)
            .await
            .map_err(|_| ConnectionError::Stopping)?;
        let connection = Arc::clone(&connection);
        shared.inbox.send(Event::Peer {
            from,
            frame,
            connection,
            room,
        });
    }
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
