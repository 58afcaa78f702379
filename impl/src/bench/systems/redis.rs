//! Redis, through its own protocol.

use crate::bench::Caller;
use ::redis::aio::MultiplexedConnection;
use std::time::Duration;

/// How long a write waits for its second copy.
const WAIT_MS: u64 = 5_000;

/// One client with a connection of its own.
pub struct Redis {
    connection: MultiplexedConnection,
    /// How many replicas must have received a write before it counts as done.
    copies: u8,
}

impl Redis {
    /// Connects to the primary at `address`, such as `redis://127.0.0.1:6379`.
    ///
    /// # Errors
    /// In words: nobody listens there.
    pub async fn connect(address: &str, copies: u8) -> Result<Redis, String> {
        let client = ::redis::Client::open(address).map_err(|error| error.to_string())?;
        let config = ::redis::AsyncConnectionConfig::new()
            .set_response_timeout(Some(Duration::from_millis(2 * WAIT_MS)));
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        let connection = connection.await.map_err(|error| error.to_string())?;
        Ok(Redis { connection, copies })
    }
}

impl Caller for Redis {
    async fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let mut both = ::redis::pipe();
        both.cmd("SET").arg(key).arg(value).ignore();
        if self.copies > 0 {
            // In one go with the write: WAIT counts the copies of what the same connection has written.
            both.cmd("WAIT").arg(self.copies).arg(WAIT_MS);
        }
        let received: Vec<u8> = both
            .query_async(&mut self.connection)
            .await
            .map_err(|error| error.to_string())?;
        match received.first() {
            Some(received) if *received < self.copies => Err(format!("{received} copies")),
            _ => Ok(()),
        }
    }

    async fn get(&mut self, key: &[u8]) -> Result<(), String> {
        let mut command = ::redis::cmd("GET");
        command.arg(key);
        let found: Result<Option<Vec<u8>>, _> = command.query_async(&mut self.connection).await;
        found.map(drop).map_err(|error| error.to_string())
    }
}
