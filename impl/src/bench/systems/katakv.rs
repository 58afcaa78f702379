//! KataKV itself, through its own client.

use crate::bench::Caller;
use crate::client::Client;
use crate::session::Session;
use katakv_core::AckLevel;

/// How reads are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadLevel {
    /// Includes what the same client has written; any replica that has caught up answers.
    Session,
    /// As of a moment between question and answer; the leader answers, once a majority has confirmed it.
    Linearizable,
}

/// One client with a session of its own.
pub struct KataKv {
    client: Client,
    session: Session,
    level: AckLevel,
    reads: ReadLevel,
}

impl KataKv {
    /// A client whose writes are acknowledged at `level`.
    pub fn new(client: Client, level: AckLevel, reads: ReadLevel) -> KataKv {
        KataKv {
            client,
            session: Session::default(),
            level,
            reads,
        }
    }
}

impl Caller for KataKv {
    async fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let written = self.client.put(&mut self.session, key, value, self.level).await;
        written.map(drop).map_err(|error| error.to_string())
    }

    async fn get(&mut self, key: &[u8]) -> Result<(), String> {
        let session = &mut self.session;
        let got = match self.reads {
            ReadLevel::Session => self.client.get(session, key).await,
            ReadLevel::Linearizable => self.client.get_linearizable(session, key).await,
        };
        got.map(drop).map_err(|error| error.to_string())
    }
}
