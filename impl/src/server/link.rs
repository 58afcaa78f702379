//! The connection from this node to one peer.
//!
//! Messages are put into a bounded queue and sent in order, all that there are with one write. While there is no
//! connection, or no room, they are dropped: the protocol repeats what matters, and what is old matters to nobody.

use super::bounds;
use super::error::ConnectionError;
use super::peer::message_bytes;
use crate::wire::{ClusterId, Hello, NodeFrame, PeerFrame, StateFrame, frame};
use katakv_core::NodeId;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;
use tokio::time::timeout;

/// What a buffer keeps of its size between two writes.
const BUFFER_KEPT_BYTES: usize = 1 << 20;

/// The queue to one peer.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) peer: NodeId,
    queue: Mutex<Queue>,
    wake: Notify,
    reachable: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    connected: bool,
    frames: Vec<NodeFrame>,
    bytes: usize,
    /// Since the last message that found room.
    dropped: u64,
}

impl Link {
    pub(super) fn new(peer: NodeId) -> Link {
        Link {
            peer,
            queue: Mutex::default(),
            wake: Notify::new(),
            reachable: Notify::new(),
        }
    }

    /// Says that the peer is there, since it has connected to this node. A node that has come back would otherwise hear
    /// nothing until the next attempt, take its leader for gone, and campaign.
    pub(super) fn peer_is_there(&self) {
        self.reachable.notify_one();
    }

    /// Waits before the next attempt, but no longer than until the peer is there.
    async fn pause(&self, pause: Duration) {
        // When it is there, the pause is over: that is all there is to it.
        let _over = timeout(pause, self.reachable.notified()).await;
    }

    /// Queues the messages of one turn, or drops those that find no room. Never waits.
    pub(super) fn send(&self, frames: impl Iterator<Item = PeerFrame>) {
        let mut queue = self.lock();
        if !queue.connected {
            return;
        }
        for frame in frames {
            let bytes = message_bytes(&frame.message);
            if queue.bytes + bytes > bounds::LINK_BYTES_MAX {
                if queue.dropped == 0 {
                    tracing::warn!(peer = %self.peer, "it does not keep up: dropping messages to it");
                }
                queue.dropped += 1;
                continue;
            }
            queue.dropped = 0;
            queue.bytes += bytes;
            queue.frames.push(NodeFrame::Message(frame));
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// Queues a part of a state, or the answer to one; `false` if there is no connection. Of these there are few at a time.
    pub(super) fn send_state(&self, frame: StateFrame) -> bool {
        let mut queue = self.lock();
        if !queue.connected {
            return false;
        }
        queue.frames.push(NodeFrame::State(frame));
        drop(queue);
        self.wake.notify_one();
        true
    }

    /// The next messages to send, oldest first.
    async fn take(&self) -> Vec<NodeFrame> {
        loop {
            {
                let mut queue = self.lock();
                if !queue.frames.is_empty() {
                    queue.bytes = 0;
                    return std::mem::take(&mut queue.frames);
                }
            }
            self.wake.notified().await;
        }
    }

    /// Begins or ends a connection, with an empty queue in either case.
    fn set_connected(&self, connected: bool) {
        *self.lock() = Queue {
            connected,
            ..Queue::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue
            .lock()
            .expect("nothing panics while it holds the queue")
    }
}

/// Connects and sends for ever; after a failure it tries again, less and less often.
pub(super) async fn run(link: Arc<Link>, addr: SocketAddr, cluster: ClusterId, own: NodeId) {
    let hello = Hello::Peer { cluster, from: own };
    let mut pause = bounds::RECONNECT_AFTER;
    loop {
        if let Ok(Ok(stream)) = timeout(bounds::CONNECT_WITHIN, TcpStream::connect(addr)).await {
            tracing::info!(peer = %link.peer, %addr, "connected");
            link.set_connected(true);
            let started = tokio::time::Instant::now();
            let ended = transmit(&link, stream, &hello).await;
            link.set_connected(false);
            tracing::info!(peer = %link.peer, %addr, reason = ended.err().map(tracing::field::display), "disconnected");
            // A peer that closes at once, because it refuses us, is not to be asked again at once.
            if started.elapsed() > bounds::RECONNECT_AFTER_AT_MOST {
                pause = bounds::RECONNECT_AFTER;
            }
        }
        link.pause(pause.mul_f64(rand::random_range(0.5..1.0))).await;
        pause = (pause * 2).min(bounds::RECONNECT_AFTER_AT_MOST);
    }
}

/// Sends until the connection ends.
async fn transmit(link: &Link, stream: TcpStream, hello: &Hello) -> Result<(), ConnectionError> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    tokio::select! {
        written = write(link, writer, hello) => written,
        read = closed(reader) => read,
    }
}

async fn write(link: &Link, mut writer: OwnedWriteHalf, hello: &Hello) -> Result<(), ConnectionError> {
    let mut buffer = Vec::new();
    frame::put(&mut buffer, hello);
    loop {
        timeout(bounds::WRITE_WITHIN, writer.write_all(&buffer))
            .await
            .map_err(|_| ConnectionError::Stuck)??;
        buffer.clear();
        buffer.shrink_to(BUFFER_KEPT_BYTES);
        for message in link.take().await {
            frame::put(&mut buffer, &message);
        }
    }
}

/// Resolves when the peer closes. It has nothing to say on this connection; if it does, the connection ends as well.
async fn closed(mut reader: OwnedReadHalf) -> Result<(), ConnectionError> {
    let _bytes = reader.read(&mut [0]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_when_the_peer_is_there() {
        const PAUSE: Duration = Duration::from_secs(60);
        let (link, started) = (Link::new(NodeId(1)), Instant::now());
        link.peer_is_there();
        link.pause(PAUSE).await;
        assert_eq!(started.elapsed(), Duration::ZERO, "on the test's own clock");
        link.pause(PAUSE).await;
        assert!(started.elapsed() >= PAUSE, "once for each time that it is there");
    }
}
