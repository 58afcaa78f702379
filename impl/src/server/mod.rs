//! A node that serves: sockets, clocks and threads around the [`Driver`](crate::driver::Driver).
//!
//! # Who does what
//! ```text
//!   peers ----> peer connections ----+                            +---> links ----> peers
//!                                    |          +----------+      |
//!   clients --> client connections --+--> inbox -> | owners | -----+---> answers --> clients
//!                                    |          +----------+      |
//!                 WAL thread --------+                            +---> WAL thread
//! ```
//! The partitions are divided among one or several threads, the *owners*: an owner has the driver and the timers of its
//! partitions; nobody else touches them. It works in *turns*: it takes everything that has queued up, gives it to the driver,
//! and carries out what the driver asks for: all records of a turn as one submission to the WAL, all messages to a peer as one
//! write, all requests of a partition as one batch. So the busier the node, the more operations share a sync, a system call
//! and a step. One WAL thread makes durable what all owners submit.
//!
//! # What nobody can do
//! - Make the node end: bytes from outside that cannot be understood, or that no honest peer says, close the
//!   connection that they came by, with a warning that names it.
//! - Fill its memory: everything that queues has a bound in `bounds.rs`. A client that asks too much is answered
//!   `Busy`, one that does not read its answers is not read from, and a peer that does not keep up loses messages,
//!   which the protocol repeats.
//! - Make it wait for ever: an owner never waits for a socket. It may wait for the WAL thread to take a
//!   submission, and for the store to take an entry; neither of them waits for an owner.
//!
//! # When the disk fails
//! A failed sync or a failing store ends [`serve`] with an error, and must end the process: see
//! [`wal`](crate::wal) for why nothing is tried again.

mod admission;
mod answer;
mod bounds;
mod client;
mod config;
mod connection;
mod descriptors;
mod error;
mod http;
mod inbox;
mod link;
mod listener;
mod look;
mod metrics;
mod owner;
mod parked;
mod peer;
mod requests;
mod scans;
mod space;
mod states;
#[cfg(test)]
mod tests;
mod timers;
mod watchers;

pub use config::{
    CHECKPOINT_BYTES, DISK_RESERVE_BYTES, LIVES_MAX, OWNERS_MAX, ServerConfig, Timing, owners_by_cores,
};
pub use error::{ConnectionError, ServeError};

use http::Operator;
use inbox::Inbox;
use link::Link;
use metrics::Metrics;
use owner::Around;
use space::Space;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Runs a node until `stop` resolves, listening on its address in the configuration.
///
/// On `stop` it lets other nodes lead what it leads, answers what clients have asked, tells them that it goes, syncs what it
/// has appended, and ends. Each of these has a bound: a node whose peers are away stops, too. If the future is dropped the node stops as well, in the background.
///
/// # Errors
/// [`ServeError`]: see there what to do.
pub async fn serve(config: ServerConfig, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let addr = config.own_addr()?;
    let listener = bind(addr).await?;
    serve_on(config, listener, stop).await
}

async fn bind(addr: SocketAddr) -> Result<TcpListener, ServeError> {
    let listener = TcpListener::bind(addr).await;
    listener.map_err(|source| ServeError::Bind { addr, source })
}

/// As [`serve`], on a listener that is bound already, so that a caller can let the operating system choose a port.
pub async fn serve_on(
    config: ServerConfig,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    config.check()?;
    let (inbox, events) = Inbox::new(config.owners.get());
    // Also when this future is dropped, or the owners would go on without sockets.
    let _stop_owners = StopOwners(inbox.clone());
    let links: Vec<Arc<Link>> = config
        .peers()
        .map(|(peer, _)| Arc::new(Link::new(peer)))
        .collect();
    let (ended, owner_ended) = oneshot::channel();
    let metrics = Arc::<Metrics>::default();
    let operator = Operator {
        inbox: inbox.clone(),
        metrics: Arc::clone(&metrics),
    };
    let http = match config.http {
        Some(addr) => Some(bind(addr).await?),
        None => None,
    };
    let (states, ends) = states::ports();
    let space = Space::of(&config.data, config.disk_reserve_bytes);
    let owner = owner::spawn(
        config.clone(),
        inbox.clone(),
        events,
        Around {
            links: links.clone(),
            metrics,
            states: (states.clone(), ends),
            space: Arc::clone(&space),
        },
        ended,
    )?;

    let (closing, closed) = watch::channel(false);
    let mut tasks = JoinSet::new();
    if let Some(http) = http {
        tasks.spawn(http::run(http, operator));
    }
    for (link, (_, addr)) in links.iter().zip(config.peers()) {
        tasks.spawn(link::run(Arc::clone(link), addr, config.cluster, config.id));
    }
    let (data, reserve) = (config.data.clone(), config.disk_reserve_bytes);
    tasks.spawn(space::watch(Arc::clone(&space), data, reserve));
    let mut accepting = JoinSet::new();
    accepting.spawn(listener::run(
        listener,
        config,
        inbox.clone(),
        states,
        space,
        links,
        closed,
    ));

    tokio::select! {
        // Asked to.
        () = stop => leave(&inbox, &closing, &mut accepting).await,
        // On its own account, which is an error: the thread's result tells which.
        _ = owner_ended => {}
    }
    accepting.shutdown().await;
    tasks.shutdown().await;
    inbox.stop();
    tokio::task::spawn_blocking(move || owner.join())
        .await
        .map_err(|_| ServeError::Panicked)?
        .map_err(|_| ServeError::Panicked)?
}

/// In good order: first nobody needs this node any more, then it says goodbye.
async fn leave(inbox: &Inbox, closing: &watch::Sender<bool>, accepting: &mut JoinSet<()>) {
    let (done, handed_over) = oneshot::channel();
    inbox.hand_over(done);
    if timeout(bounds::HAND_OVER_WITHIN, handed_over).await.is_err() {
        tracing::warn!("stopping although there are partitions that no other node has taken over");
    }
    let _ = closing.send(true);
    let _ = timeout(bounds::FAREWELL_WITHIN, accepting.join_next()).await;
}

/// Lets the owners stop when it is dropped.
struct StopOwners(Inbox);

impl Drop for StopOwners {
    fn drop(&mut self) {
        self.0.stop();
    }
}
