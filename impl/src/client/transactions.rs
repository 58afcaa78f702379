//! How a client changes things: numbered, so that it is done once, and told what became of it.

use super::cluster::Answer;
use super::error::{TransactError, WriteError};
use super::operations::{Client, Written};
use super::tried::Outcome;
use crate::driver::limits;
use crate::session::{OtherCluster, Session};
use katakv_core::{AckLevel, Bytes, Condition, EntryId, Op, Partition, Reply, Transaction};

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
}
