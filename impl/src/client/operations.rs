//! The operations of a client, and what each does to the caller's session.

use super::cluster::{Answer, Cluster, Failure, Options};
use super::error::{FateError, ReadError, WriteError};
use super::numbers::Numbers;
use super::read;
use super::tried::Outcome;
use super::via_router::ViaRouter;
use crate::driver::limits;
use crate::placement::Nodes;
use crate::session::Session;
use crate::wire::{ClientRequest, ClusterId};
use katakv_core::{AckLevel, Bytes, EntryId, Fate, NodeId, Op, Partition, Payload, Reply};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A client of one cluster. Cheap to share: every operation takes `&self`.
#[derive(Debug)]
pub struct Client {
    pub(super) route: Route,
    pub(super) numbers: Arc<Numbers>,
    pub(super) options: Options,
}

#[derive(Clone, Debug)]
pub(super) enum Route {
    Router(Arc<ViaRouter>),
    Nodes(Arc<Cluster>),
}

/// An acknowledged write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its entry.
    pub at: EntryId,
    /// On how many replicas it is known to be durable.
    pub copies: u8,
    /// The leader that acknowledged it.
    pub node: NodeId,
}

/// The answer to a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// The key's value, or `None` if there is none.
    pub value: Option<Bytes>,
    /// The entry that last changed it: what a condition on the key names. `None` if there is no value.
    pub version: Option<EntryId>,
    /// The state that was read.
    pub at: EntryId,
    /// The replica that answered.
    pub node: NodeId,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its fate. Unknown: none of the replicas that answered knows.
    pub fate: Fate,
    /// The replica that said so.
    pub node: NodeId,
    /// What a truncated write was to do, if that replica has it in quarantine.
    pub lost: Option<Payload>,
}

impl Client {
    /// A client that goes through the router at `address`. Of `options`, the preferred replica is the router's affair.
    pub fn router(address: SocketAddr, options: Options) -> Client {
        Client {
            route: Route::Router(Arc::new(ViaRouter::new(address, options.deadline))),
            numbers: Arc::default(),
            options,
        }
    }

    /// A client that asks the nodes itself.
    pub fn nodes(nodes: impl Into<Nodes>, options: Options) -> Client {
        Client {
            route: Route::Nodes(Arc::new(Cluster::new(nodes, options))),
            numbers: Arc::default(),
            options,
        }
    }

    /// Sets `key` to `value`; acknowledged at `level`.
    pub async fn put(
        &self,
        session: &mut Session,
        key: impl Into<Bytes>,
        value: impl Into<Bytes>,
        level: AckLevel,
    ) -> Result<Written, WriteError> {
        let (key, value) = (key.into(), value.into());
        self.write(session, Op::Put { key, value }, level).await
    }

    /// Sets `key` to `value`, which goes after `ttl` unless the key is changed before, and not sooner by the clock of the leader that takes
    /// it; acknowledged at `level`.
    pub async fn put_for(
        &self,
        session: &mut Session,
        key: impl Into<Bytes>,
        value: impl Into<Bytes>,
        ttl: Duration,
        level: AckLevel,
    ) -> Result<Written, WriteError> {
        let op = put_for(key.into(), value.into(), ttl);
        self.write(session, op, level).await
    }

    /// Removes `key`; removing what is not there succeeds.
    pub async fn delete(
        &self,
        session: &mut Session,
        key: impl Into<Bytes>,
        level: AckLevel,
    ) -> Result<Written, WriteError> {
        self.write(session, Op::Delete { key: key.into() }, level).await
    }

    /// Reads `key`, from a state that includes everything the session has seen of its partition.
    pub async fn get(&self, session: &mut Session, key: impl Into<Bytes>) -> Result<Got, ReadError> {
        let key = key.into();
        let partition = Partition::of_key(&key);
        self.settle(session, &key).await?;
        let seen = session.seen(partition);
        let got = self.read(session, &key, seen).await?;
        session.advance(partition, got.at);
        Ok(got)
    }

    /// Reads `key` as of a moment between the call and its answer: what anybody was told before is written at level
    /// `quorum` or `all` is included, whatever the session has seen.
    ///
    /// Only the leader answers. What the session has seen may be gone or not yet committed, which the leader is not
    /// asked: a session read comes first, if the session has seen anything of the key's partition.
    pub async fn get_linearizable(
        &self,
        session: &mut Session,
        key: impl Into<Bytes>,
    ) -> Result<Got, ReadError> {
        let key = key.into();
        let partition = Partition::of_key(&key);
        limits::check_key(&key).map_err(|error| ReadError::Invalid(error.to_string()))?;
        if session.seen(partition) != EntryId::ZERO {
            self.get(session, key.clone()).await?;
        }
        let answer = match &self.route {
            Route::Nodes(cluster) => cluster.linearizable_read(key).await?,
            Route::Router(router) => {
                let request = ClientRequest::LinearizableRead { key };
                router.ask_protocol(request, true).await?
            }
        };
        session.join(answer.cluster)?;
        let got = value_after(answer, session.seen(partition))?;
        session.advance(partition, got.at);
        Ok(got)
    }

    /// Asks what became of the entry `at` of `partition`: after an unknown outcome, or LOST.
    pub async fn fate(&self, partition: Partition, at: EntryId) -> Result<Told, FateError> {
        limits::check_partition(partition).map_err(|error| FateError::Invalid(error.to_string()))?;
        let answer = match &self.route {
            Route::Nodes(cluster) => cluster.fate(partition, at).await?,
            Route::Router(router) => {
                let request = ClientRequest::Fate { partition, at };
                router.ask_protocol(request, true).await?
            }
        };
        let node = answer.node;
        match answer.reply {
            Reply::Fate { at: of, fate, lost } if of == at => Ok(Told { fate, node, lost }),
            _ => Err(FateError::Unavailable {
                tried: format!("{node}: {}", Outcome::Nonsense),
            }),
        }
    }

    /// Finds out whether a position in doubt is committed; see the documentation of [`crate::session`].
    pub(super) async fn settle(&self, session: &mut Session, key: &Bytes) -> Result<(), ReadError> {
        let partition = Partition::of_key(key);
        if let Some(in_doubt) = session.in_doubt(partition) {
            self.read(session, key, in_doubt).await?;
            session.settle(partition);
        }
        Ok(())
    }

    /// Reads `key` under `seen`; of the session, only its cluster changes, if it had none.
    async fn read(&self, session: &mut Session, key: &Bytes, seen: EntryId) -> Result<Got, ReadError> {
        limits::check_key(key).map_err(|error| ReadError::Invalid(error.to_string()))?;
        let wait = self.options.wait;
        let answer = match &self.route {
            Route::Nodes(cluster) => cluster.read(key.clone(), seen, wait).await?,
            Route::Router(router) => {
                let request = ClientRequest::Read {
                    key: key.clone(),
                    seen,
                    wait_ms: u32::try_from(wait.as_millis()).unwrap_or(u32::MAX),
                };
                router.ask_protocol(request, true).await?
            }
        };
        session.join(answer.cluster)?;
        match answer.reply {
            Reply::Lost(range) => Err(ReadError::Lost {
                partition: Partition::of_key(key),
                range,
            }),
            _ => value_after(answer, seen),
        }
    }

    pub(super) async fn identify(&self) -> Result<ClusterId, Failure> {
        match &self.route {
            Route::Nodes(cluster) => cluster.identify().await,
            Route::Router(router) => router.identify().await,
        }
    }
}

/// The change that sets `key` to `value` for a while. When that begins, its leader says.
pub fn put_for(key: Bytes, value: Bytes, ttl: Duration) -> Op {
    Op::PutFor {
        key,
        value,
        ttl_ms: u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX),
        since_ms: 0,
    }
}

/// The value in an answer that must include `seen`.
fn value_after(answer: Answer, seen: EntryId) -> Result<Got, ReadError> {
    let node = answer.node;
    let outcome = match answer.reply {
        Reply::Value { value, version, at } if read::includes(at, seen) => {
            return Ok(Got {
                value,
                version,
                at,
                node,
            });
        }
        Reply::Value { at, .. } => Outcome::Stale { at },
        _ => Outcome::Nonsense,
    };
    Err(ReadError::Unavailable {
        tried: format!("{node}: {outcome}"),
    })
}
