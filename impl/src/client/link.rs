//! The way to one address: connects when it is needed, and again after a connection broke.

use super::calls::CallError;
use super::connection::Connection;
use crate::wire::{ClientReply, ClientRequest, ClusterId};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

/// How long a failure to connect is taken for the answer to further attempts. Without it, all calls that wait for a node
/// that does not even refuse would run into the connection's timeout one after the other.
const FAILURE_COUNTS_FOR: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Link {
    address: SocketAddr,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Not tried, or given up.
    Idle,
    /// Connected, unless it has broken since.
    Connected(Arc<Connection>),
    /// The last attempt failed then, and so.
    Failed(Instant, CallError),
}

impl Link {
    pub(super) fn new(address: SocketAddr) -> Link {
        Link {
            address,
            state: Mutex::new(State::Idle),
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// One request and its answer, connecting included, `within` at most.
    pub(super) async fn call(
        &self,
        cluster: Option<ClusterId>,
        request: ClientRequest,
        within: Duration,
    ) -> Result<ClientReply, CallError> {
        let deadline = Instant::now() + within;
        let connection = match timeout_at(deadline, self.connection(cluster)).await {
            Ok(connection) => connection?,
            Err(_) => return Err(CallError::TimedOut { sent: false, within }),
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let result = connection.call(request, left).await;
        if let Err(CallError::TimedOut { .. }) = result {
            self.give_up(&connection).await;
        }
        result
    }

    async fn connection(&self, cluster: Option<ClusterId>) -> Result<Arc<Connection>, CallError> {
        // Held while connecting: others that want the same connection wait for it.
        let mut state = self.state.lock().await;
        match &*state {
            State::Connected(connection) if connection.is_open() => return Ok(connection.clone()),
            State::Failed(at, error) if at.elapsed() < FAILURE_COUNTS_FOR => return Err(error.clone()),
            _ => {}
        }
        match Connection::open(self.address, cluster).await {
            Ok(connection) => {
                let connection = Arc::new(connection);
                *state = State::Connected(connection.clone());
                Ok(connection)
            }
            Err(error) => {
                *state = State::Failed(Instant::now(), error.clone());
                Err(error)
            }
        }
    }

    /// A connection that leaves a request unanswered may be dead without knowing it: later calls get a new one, those
    /// that are on it keep it.
    async fn give_up(&self, connection: &Arc<Connection>) {
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Connected(current) if Arc::ptr_eq(current, connection)) {
            *state = State::Idle;
        }
    }
}
