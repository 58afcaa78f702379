//! How a client changes things: numbered, so that it is done once, and told what became of it.

use super::cluster::{Answer, Failure};
use super::error::{TransactError, WriteError};
use super::numbers::{Next, Number};
use super::operations::{Client, Route, Written};
use super::tried::Outcome;
use crate::driver::limits;
use crate::session::{OtherCluster, Session};
use crate::wire::ClientRequest;
use katakv_core::{AckLevel, Bytes, Condition, EntryId, Once, Op, Partition, Reply, Transaction};

/// How often a write may find that the partition has forgotten its client before that is an error. Each time there were more
/// other clients in between than a partition remembers.
const NAMES_MAX: usize = 3;

impl Client {
    /// Makes the changes of `transaction` together, if all of its conditions hold; acknowledged at `level`. All keys are of one
    /// partition.
    pub async fn transact(
        &self,
        session: &mut Session,
        transaction: Transaction,
        level: AckLevel,
    ) -> Result<Written, TransactError> {
        // A node would close the connection over a request that is far too large, and that would look as if the
        // outcome were not known.
        limits::check_transaction(&transaction).map_err(|error| WriteError::Invalid(error.to_string()))?;
        let key = transaction.ops[0].key().clone();
        if let Some(own) = session.cluster() {
            // A write must not reach another cluster, so it is not sent before this one is known.
            let other = self.identify().await.map_err(WriteError::from)?;
            if own != other {
                return Err(WriteError::from(OtherCluster { own, other }).into());
            }
        }
        self.settle(session, &key).await.map_err(WriteError::from)?;
        let partition = Partition::of_key(&key);
        let Answer { cluster, node, reply } = self.carry_out(partition, transaction, level).await?;
        session.join(cluster).map_err(WriteError::from)?;
        match reply {
            Reply::Written { at, copies } => {
                session.acknowledge(partition, at);
                Ok(Written { at, copies, node })
            }
            Reply::Conflict {
                at,
                condition,
                version,
            } => {
                session.acknowledge(partition, at);
                Err(TransactError::Conflict {
                    at,
                    condition,
                    version,
                })
            }
            Reply::TooManyOutstanding => Err(WriteError::Unavailable {
                tried: format!("{node} remembers too many writes of this client"),
            }
            .into()),
            Reply::Unknown { at } => Err(WriteError::OutcomeUnknown {
                tried: format!("{node} accepted it as {at} and then stepped down"),
                at: Some(at),
            }
            .into()),
            _ => Err(WriteError::OutcomeUnknown {
                tried: format!("{node}: {}", Outcome::Nonsense),
                at: None,
            }
            .into()),
        }
    }

    /// Sets `key` to `value` if its version is `expected`, which [`Client::get`] tells; `None`: if the key has no value.
    pub async fn compare_and_set(
        &self,
        session: &mut Session,
        key: impl Into<Bytes>,
        expected: Option<EntryId>,
        value: impl Into<Bytes>,
        level: AckLevel,
    ) -> Result<Written, TransactError> {
        let (key, value) = (key.into(), value.into());
        let condition = Condition {
            key: key.clone(),
            version: expected,
        };
        let transaction = Transaction {
            conditions: vec![condition],
            ops: vec![Op::Put { key, value }],
        };
        self.transact(session, transaction, level).await
    }

    /// One blind change.
    pub(super) async fn write(
        &self,
        session: &mut Session,
        op: Op,
        level: AckLevel,
    ) -> Result<Written, WriteError> {
        let transaction = Transaction {
            conditions: Vec::new(),
            ops: vec![op],
        };
        match self.transact(session, transaction, level).await {
            Ok(written) => Ok(written),
            Err(TransactError::Write(error)) => Err(error),
            Err(error @ TransactError::Conflict { .. }) => Err(WriteError::OutcomeUnknown {
                tried: format!("{}: {error}", Outcome::Nonsense),
                at: None,
            }),
        }
    }

    /// Sends a write under a number of its own until it is answered.
    async fn carry_out(
        &self,
        partition: Partition,
        transaction: Transaction,
        level: AckLevel,
    ) -> Result<Answer, WriteError> {
        for _ in 0..NAMES_MAX {
            let number = self.number(partition).await?;
            let once = Once {
                origin: number.origin(),
                transaction: transaction.clone(),
            };
            let answer = match &self.route {
                Route::Nodes(cluster) => cluster.once(once, level).await?,
                Route::Router(router) => {
                    let request = ClientRequest::Once { once, level };
                    router.ask_protocol(request, true).await?
                }
            };
            match answer.reply {
                // No attempt was carried out, so it may be sent under another name.
                Reply::ClientExpired => number.forget_name(),
                _ => return Ok(answer),
            }
        }
        Err(WriteError::Unavailable {
            tried: format!("{partition} forgets clients as fast as this one registers"),
        })
    }

    /// A number in `partition`; the client registers first if it has no name there.
    async fn number(&self, partition: Partition) -> Result<Number<'_>, WriteError> {
        loop {
            match self.numbers.next(partition) {
                Next::Number(number) => return Ok(number),
                Next::Full(closed) => closed.await,
                Next::Nameless => {
                    if let Some(_turn) = self.numbers.turn(partition).await {
                        let name = self.register(partition).await?;
                        self.numbers.registered(partition, name);
                    }
                }
            }
        }
    }

    async fn register(&self, partition: Partition) -> Result<EntryId, WriteError> {
        let answer = match &self.route {
            Route::Nodes(cluster) => cluster.register(partition).await,
            Route::Router(router) => {
                let request = ClientRequest::Register { partition };
                router.ask_protocol(request, true).await
            }
        };
        match answer {
            Ok(Answer {
                reply: Reply::Written { at, .. },
                ..
            }) => Ok(at),
            Ok(Answer { node, .. }) => Err(WriteError::Unavailable {
                tried: format!("{node}, asked to register: {}", Outcome::Nonsense),
            }),
            Err(Failure::Invalid(why)) => Err(WriteError::Invalid(why)),
            // Whatever became of the registration, the write was not sent.
            Err(Failure::Unavailable { tried, .. }) => Err(WriteError::Unavailable { tried }),
        }
    }
}
