//! A read of any age: the first replica that answers is right, and says how old its answer is.
//!
//! It needs no leader, no majority and no session, and adds nothing to one: a later session read may be of an older
//! state. The replicas are asked in the order of session reads, so that a leader is spared.

use super::cluster::{Answer, Cluster, Failure};
use super::error::ReadError;
use super::operations::{Client, Route};
use super::replicas::no_answer;
use super::tried::Outcome;
use crate::driver::limits;
use crate::wire::ClientRequest;
use katakv_core::{Bytes, EntryId, NodeId, Partition, Reply};
use std::time::Duration;

/// The answer to a read of any age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GotAny {
    /// The key's value, or `None` if there is none.
    pub value: Option<Bytes>,
    /// The entry that last changed it. `None` if there is no value.
    pub version: Option<EntryId>,
    /// The state that was read: everything up to this entry, and nothing else.
    pub at: EntryId,
    /// How many later entries the replica had in its log, committed or not. There may be more that it had not heard of.
    pub lag: u64,
    /// The leader that the replica heard. `None`: it may be cut off, and behind by any number.
    pub leader: Option<NodeId>,
    /// The replica that answered.
    pub node: NodeId,
}

impl Cluster {
    /// Reads `key` from whichever replica answers; the answer is `AnyValue`.
    pub async fn any_read(&self, key: Bytes) -> Result<Answer, Failure> {
        let partition = Partition::of_key(&key);
        let request = |_| ClientRequest::AnyRead { key: key.clone() };
        self.at_replicas(
            (partition, EntryId::ZERO),
            Duration::ZERO,
            request,
            |reply| match reply {
                Reply::AnyValue { .. } => Ok(()),
                other => Err(no_answer(other)),
            },
        )
        .await
    }
}

impl Client {
    /// Reads `key` in whatever state the first replica has that answers, also while there is no leader. The answer says how
    /// old it is, as far as that replica knows.
    pub async fn get_any(&self, key: impl Into<Bytes>) -> Result<GotAny, ReadError> {
        let key = key.into();
        limits::check_key(&key).map_err(|error| ReadError::Invalid(error.to_string()))?;
        let answer = match &self.route {
            Route::Nodes(cluster) => cluster.any_read(key).await?,
            Route::Router(router) => router.ask_protocol(ClientRequest::AnyRead { key }, true).await?,
        };
        let node = answer.node;
        match answer.reply {
            Reply::AnyValue {
                value,
                version,
                at,
                lag,
                leader,
            } => Ok(GotAny {
                value,
                version,
                at,
                lag,
                leader,
                node,
            }),
            _ => Err(ReadError::Unavailable {
                tried: format!("{node}: {}", Outcome::Nonsense),
            }),
        }
    }
}
