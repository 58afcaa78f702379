//! What nodes have in quarantine, and how an operation from there is carried out again.
//!
//! A lost operation is not simply written again: others may have gone on without it. It is carried out as a transaction,
//! under the condition that its keys are as they were just read, and only if nobody has changed them since: a key whose
//! version is of a later epoch was written after the failover, by somebody who did not see what was lost. A key that is not
//! there is taken for unchanged, since a delete leaves no version behind.
//!
//! Once carried out, an operation's keys have later versions. So to carry it out twice does nothing the second time.

use super::cluster::{Answer, Cluster, Failure, unavailable};
use super::error::WriteError;
use super::operations::{Client, Route};
use super::tried::{Outcome, Tried};
use crate::wire::{ClientReply, ClientRequest, Quarantined};
use katakv_core::{AckLevel, Bytes, Condition, Entry, EntryId, NodeId, Op, Partition, Reply, Transaction};
use std::collections::{BTreeMap, BTreeSet};

impl Cluster {
    /// What `node` has in quarantine of `partition`, from the entry `from` on.
    pub async fn quarantine(
        &self,
        node: NodeId,
        partition: Partition,
        from: EntryId,
    ) -> Result<Quarantined, Failure> {
        let request = ClientRequest::Quarantine {
            node,
            partition,
            from,
        };
        let outcome = match self.call(node, request, self.options.deadline).await {
            Ok(ClientReply::Quarantine(part)) => match self.belongs(part.cluster) {
                Ok(()) => return Ok(part),
                Err(outcome) => outcome,
            },
            Ok(ClientReply::Protocol {
                reply: Reply::Busy, ..
            }) => Outcome::Busy,
            Ok(ClientReply::Invalid(why)) => return Err(Failure::Invalid(why)),
            Ok(_) => Outcome::Nonsense,
            Err(outcome) => outcome,
        };
        let mut tried = Tried::default();
        tried.note(node, outcome);
        Err(unavailable(&tried, false))
    }
}

/// What became of an operation that was to be carried out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reapplied {
    /// It is done, as this entry.
    Done(EntryId),
    /// It was left undone: a key was changed since, or is not what the operation made a condition of.
    Changed {
        /// The key.
        key: Bytes,
        /// Its version; `None` if it is not there.
        version: Option<EntryId>,
    },
}

/// Carries out operations from a quarantine again, in the order in which they were.
#[derive(Debug, Default)]
pub struct Reapply {
    /// What has been carried out: which entry has taken the place of which, partition by partition.
    done: BTreeMap<(Partition, EntryId), EntryId>,
    /// The entries that have.
    own: BTreeSet<(Partition, EntryId)>,
}

impl Reapply {
    /// Carries out `lost`, acknowledged at `quorum`, if its keys are unchanged but for what was carried out before.
    ///
    /// # Errors
    /// [`WriteError`]. After an unknown outcome it may be tried again: if it was done, its keys have changed.
    pub async fn again(&mut self, client: &Client, lost: &Entry) -> Result<Reapplied, WriteError> {
        let ops = lost.payload.ops();
        let partition = ops.first().map(|op| Partition::of_key(op.key()));
        let partition = partition.ok_or_else(|| WriteError::Invalid("it changes nothing".to_owned()))?;
        let now = |version: EntryId| self.done.get(&(partition, version)).copied().unwrap_or(version);
        let mut conditions = BTreeMap::new();
        if let Some(transaction) = lost.payload.transaction() {
            for Condition { key, version } in &transaction.conditions {
                conditions.insert(key.clone(), version.map(now));
            }
        }
        for key in ops.iter().map(Op::key) {
            let version = client.version(key).await?;
            let is_own = |version| self.own.contains(&(partition, version));
            let unchanged = version.is_none_or(|version| version < lost.id || is_own(version));
            if !unchanged || conditions.get(key).is_some_and(|expected| *expected != version) {
                let key = key.clone();
                return Ok(Reapplied::Changed { key, version });
            }
            conditions.insert(key.clone(), version);
        }
        let transaction = Transaction {
            conditions: conditions
                .into_iter()
                .map(|(key, version)| Condition { key, version })
                .collect(),
            ops: ops.to_vec(),
        };
        let keys: Vec<Bytes> = transaction
            .conditions
            .iter()
            .map(|condition| condition.key.clone())
            .collect();
        let Answer { node, reply, .. } = client.transact_at_quorum(partition, transaction).await?;
        match reply {
            Reply::Written { at, .. } => {
                self.done.insert((partition, lost.id), at);
                self.own.insert((partition, at));
                Ok(Reapplied::Done(at))
            }
            Reply::Conflict {
                condition, version, ..
            } if (condition as usize) < keys.len() => {
                let key = keys[condition as usize].clone();
                Ok(Reapplied::Changed { key, version })
            }
            Reply::Unknown { at } => Err(WriteError::OutcomeUnknown {
                tried: format!("{node} accepted it as {at} and then stepped down"),
                at: Some(at),
            }),
            _ => Err(WriteError::OutcomeUnknown {
                tried: format!("{node}: {}", Outcome::Nonsense),
                at: None,
            }),
        }
    }
}

impl Client {
    /// What `node` has in quarantine of `partition`, from the entry `from` on, that is gone for good.
    pub async fn quarantine(
        &self,
        node: NodeId,
        partition: Partition,
        from: EntryId,
    ) -> Result<Quarantined, Failure> {
        match &self.route {
            Route::Nodes(cluster) => cluster.quarantine(node, partition, from).await,
            Route::Router(router) => {
                let request = ClientRequest::Quarantine {
                    node,
                    partition,
                    from,
                };
                match router.ask(request, true).await? {
                    ClientReply::Quarantine(part) => Ok(part),
                    _ => Err(router.failed(&Outcome::Nonsense, false)),
                }
            }
        }
    }

    /// The version of a key, as the leader has it.
    async fn version(&self, key: &Bytes) -> Result<Option<EntryId>, WriteError> {
        let key = key.clone();
        let answer = match &self.route {
            Route::Nodes(cluster) => cluster.linearizable_read(key).await?,
            Route::Router(router) => {
                let request = ClientRequest::LinearizableRead { key };
                router.ask_protocol(request, true).await?
            }
        };
        match answer.reply {
            Reply::Value { version, .. } => Ok(version),
            _ => Err(WriteError::Unavailable {
                tried: format!("{}: {}", answer.node, Outcome::Nonsense),
            }),
        }
    }

    async fn transact_at_quorum(
        &self,
        partition: Partition,
        transaction: Transaction,
    ) -> Result<Answer, Failure> {
        let level = AckLevel::Quorum;
        let request = ClientRequest::Transact { transaction, level };
        match &self.route {
            Route::Nodes(cluster) => cluster.at_leader(partition, request).await,
            Route::Router(router) => router.ask_protocol(request, false).await,
        }
    }
}
