//! One connection that somebody opened to this node, from its hello to its end.

use super::admission::{Admission, share};
use super::config::ServerConfig;
use super::error::ConnectionError;
use super::inbox::Inbox;
use super::link::Link;
use super::peer::Newest;
use super::space::Space;
use super::states::Ports;
use super::{bounds, client, peer};
use crate::wire::{Hello, frame};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::{Notify, OwnedSemaphorePermit, watch};
use tokio::time::timeout;

/// What is read at a time.
const READ_BYTES: usize = 64 << 10;

/// The reading half of a connection.
pub(super) type Reader = BufReader<OwnedReadHalf>;

/// What all connections know.
pub(super) struct Shared {
    pub(super) config: ServerConfig,
    pub(super) inbox: Inbox,
    /// The ways of states.
    pub(super) states: Ports,
    /// Whether there is room on the disk.
    pub(super) space: Arc<Space>,
    pub(super) admission: Admission,
    /// The newest connection of each peer.
    pub(super) peers: Newest,
    /// The connections to them.
    pub(super) links: Vec<Arc<Link>>,
    /// Set when the node closes its connections.
    pub(super) closing: watch::Receiver<bool>,
}

impl Shared {
    /// Resolves when the node closes its connections.
    pub(super) async fn closing(&self) {
        if self.closing.clone().wait_for(|closing| *closing).await.is_err() {
            // Nobody is left to set it; dropping the connections ends them, too.
            std::future::pending().await
        }
    }
}

/// A peer's connection, which others may close.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) addr: SocketAddr,
    closed: OnceLock<Closed>,
    wake: Notify,
}

/// Why somebody closed a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Closed {
    /// It said what no honest peer says.
    Refused,
    /// The same peer has opened another one.
    Replaced,
}

impl Connection {
    pub(super) fn new(addr: SocketAddr) -> Connection {
        Connection {
            addr,
            closed: OnceLock::new(),
            wake: Notify::new(),
        }
    }

    /// Ends it soon. What it has sent already is not to be handled any more.
    pub(super) fn close(&self, why: Closed) {
        // Closed twice, it is closed for the first reason.
        if self.closed.set(why).is_ok() {
            self.wake.notify_one();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.get().is_some()
    }

    /// Resolves when it is closed.
    pub(super) async fn closing(&self) -> ConnectionError {
        self.wake.notified().await;
        match self.closed.get() {
            Some(Closed::Replaced) => ConnectionError::Replaced,
            Some(Closed::Refused) | None => ConnectionError::Refused,
        }
    }
}

/// Serves a connection to its end, and says so if it ends badly.
pub(super) async fn run(
    stream: TcpStream,
    addr: SocketAddr,
    shared: Arc<Shared>,
    handshake: OwnedSemaphorePermit,
) {
    if let Err(error) = serve(stream, addr, &shared, handshake).await {
        tracing::warn!(peer = %addr, %error, "closing a connection");
    }
}

async fn serve(
    stream: TcpStream,
    addr: SocketAddr,
    shared: &Shared,
    handshake: OwnedSemaphorePermit,
) -> Result<(), ConnectionError> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    let mut reader = BufReader::with_capacity(READ_BYTES, reader);
    let hello = frame::read_within(&mut reader, bounds::HELLO_BYTES_MAX);
    let hello = tokio::select! {
        hello = timeout(bounds::HELLO_WITHIN, hello) => hello.map_err(|_| ConnectionError::NoHello)??,
        () = shared.closing() => return Ok(()),
    };
    let own = shared.config.cluster;
    match hello {
        // Somebody looked whether the port is open.
        None => Ok(()),
        // A node of another cluster would vote, and replicate, into this one.
        Some(
            Hello::Peer { cluster, .. }
            | Hello::Client {
                cluster: Some(cluster),
            },
        ) if cluster != own => Err(ConnectionError::WrongCluster { own, found: cluster }),
        Some(Hello::Peer { from, .. }) => {
            let link = shared.links.iter().find(|link| link.peer == from);
            link.ok_or(ConnectionError::NotAPeer(from))?.peer_is_there();
            let _share = share(&shared.admission.peers, 1).ok_or(ConnectionError::TooMany)?;
            drop(handshake);
            tokio::select! {
                read = peer::read(reader, from, addr, shared) => read,
                () = shared.closing() => Ok(()),
            }
        }
        Some(Hello::Client { .. }) => {
            let Some(_share) = share(&shared.admission.clients, 1) else {
                // Apart from the handshakes: those that are turned away come again, and must not keep out the peers.
                let _share = share(&shared.admission.turned_away, 1).ok_or(ConnectionError::TooMany)?;
                drop(handshake);
                return client::turn_away(reader, writer, shared).await;
            };
            drop(handshake);
            client::serve(reader, writer, shared).await
        }
    }
}
