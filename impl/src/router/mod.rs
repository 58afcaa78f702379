//! The routing tier: takes clients' requests, finds the node that can answer, and passes its answer on.
//!
//! It is stateless: what it holds (connections to nodes, who leads which partition) is a cache that may be lost at any
//! time. The nodes tell it which elections they have won, and the first answer corrects what it believes. Session tokens pass through it and are not kept, so a router may be
//! killed, restarted, or replaced by another in the middle of a session, and no guarantee changes.
//!
//! Its memory is bounded: [`CONNECTIONS_MAX`] clients, each with [`IN_FLIGHT_MAX`] requests, and a budget for the large
//! ones of all clients (`room.rs`). A client that says nothing sensible, or does not take its answers, loses its connection, and nobody else notices.
//!
//! A `Status` request is passed to one node and never retried at another: the first on a connection goes to node 0,
//! the next to node 1, and so on in turns, and after the last one to node 0 again.

mod answer;
mod connection;
mod room;

pub use connection::ConnectionError;

use crate::client::{Cluster, Options};
use crate::placement::Nodes;
use room::Room;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many clients may be connected at a time; a further one is turned away.
pub const CONNECTIONS_MAX: usize = 256;

/// How many requests of one client are in flight at a time; further ones are not read until one is answered.
pub const IN_FLIGHT_MAX: usize = 32;

/// How long to leave the listener alone after it failed, which happens when file descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a router is told.
#[derive(Clone, Debug)]
pub struct RouterConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The nodes.
    pub nodes: Nodes,
    /// How long an operation may take, and which replica to read from first.
    pub options: Options,
}

/// Why a router cannot start.
#[derive(Debug, thiserror::Error)]
pub enum RouterError {
    /// The address cannot be listened at: it is in use, or is not this machine's. Choose another one.
    #[error("cannot listen at {address}: {why}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        why: io::Error,
    },
}

/// A router that listens; clients are served once it runs.
#[derive(Debug)]
pub struct Router {
    listener: TcpListener,
    address: SocketAddr,
    cluster: Arc<Cluster>,
}

impl Router {
    /// Begins to listen.
    pub async fn bind(config: RouterConfig) -> Result<Router, RouterError> {
        let listen = |why| RouterError::Listen {
            address: config.listen,
            why,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let cluster = Arc::new(Cluster::new(config.nodes, config.options));
        Ok(Router {
            listener,
            address,
            cluster,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves clients until `stop` is ready; connections that are open then are closed.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tracing::info!(address = %self.address, "routing");
        // Dropped at the end, which ends every connection's task.
        let mut connections = JoinSet::new();
        let mut watches = JoinSet::new();
        for node in self.cluster.placement().nodes() {
            let cluster = self.cluster.clone();
            watches.spawn(async move { cluster.watch(node).await });
        }
        let room = Arc::new(Room::new());
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => return,
                // Takes finished tasks out of the set as they end.
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, client) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Ok(place) = places.clone().try_acquire_owned() else {
                tracing::warn!(%client, "turned away: {CONNECTIONS_MAX} clients are connected");
                continue;
            };
            let (cluster, room) = (self.cluster.clone(), room.clone());
            connections.spawn(async move {
                serve_client(stream, client, cluster, room).await;
                drop(place);
            });
        }
    }
}

async fn serve_client(stream: TcpStream, client: SocketAddr, cluster: Arc<Cluster>, room: Arc<Room>) {
    match connection::serve(stream, cluster, room).await {
        Ok(()) => tracing::debug!(%client, "client left"),
        Err(error) => tracing::warn!(%client, %error, "closing the client's connection"),
    }
}
