//! Accepting connections, not too many at a time.

use super::admission::{Admission, share};
use super::config::ServerConfig;
use super::connection::{self, Shared};
use super::inbox::Inbox;
use super::link::Link;
use super::peer::Newest;
use super::space::Space;
use super::states::Ports;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A pause after a failure, which may be "too many open files": it passes when connections end.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts until `closing` is set, and then ends when all connections have. Dropping the future closes them.
pub(super) async fn run(
    listener: TcpListener,
    config: ServerConfig,
    inbox: Inbox,
    states: Ports,
    space: Arc<Space>,
    links: Vec<Arc<Link>>,
    mut closing: watch::Receiver<bool>,
) {
    let shared = Arc::new(Shared {
        config,
        inbox,
        states,
        space,
        admission: Admission::new(),
        peers: Newest::default(),
        links,
        closing: closing.clone(),
    });
    let mut connections = JoinSet::new();
    loop {
        // Those that have ended leave the set.
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = closing.wait_for(|closing| *closing) => break,
        };
        let (stream, addr) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        match share(&shared.admission.handshakes, 1) {
            Some(handshake) => {
                connections.spawn(connection::run(stream, addr, Arc::clone(&shared), handshake));
            }
            None => tracing::warn!(peer = %addr, "too many connections wait to say hello"),
        }
    }
    // Who comes now is refused, and knows that nothing was carried out.
    drop(listener);
    while connections.join_next().await.is_some() {}
}
