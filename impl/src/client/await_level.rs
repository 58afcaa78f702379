//! Upgrading an acknowledgement: a write that was acknowledged at one level, and shall have reached a higher one before
//! something else is done. Any client may ask, over any connection; it needs the write's entry alone.

use super::cluster::Failure;
use super::operations::{Client, Route, Written};
use super::patience::Patience;
use super::tried::Outcome;
use crate::driver::limits;
use crate::wire::ClientRequest;
use katakv_core::{AckLevel, EntryId, LostRange, NodeId, Partition, Reply};

/// Why a write is not known to have reached a level. It is never taken for one that has reached less.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwaitError {
    /// A failover truncated it: it will reach no level. `fate` tells what it was; decide whether to write it anew.
    #[error("LOST: entries {range} of {partition} are gone")]
    Lost {
        /// The partition that lost them.
        partition: Partition,
        /// The entries that are gone, the awaited one among them.
        range: LostRange,
    },
    /// It had not reached the level when the deadline was over, as far as its leader knew. It still may: ask again.
    #[error("not yet: {at} is known to be durable on {copies} of 3, says {node}")]
    NotYet {
        /// The entry.
        at: EntryId,
        /// On how many replicas it is known to be durable.
        copies: u8,
        /// Who said so last.
        node: NodeId,
    },
    /// No leader answered in time. Ask again, later or with a longer deadline.
    #[error("unavailable: {tried}")]
    Unavailable {
        /// What was tried, node by node.
        tried: String,
    },
    /// There is no such partition. Do not ask again as it is.
    #[error("refused: {0}")]
    Invalid(String),
}

impl From<Failure> for AwaitError {
    fn from(failure: Failure) -> AwaitError {
        match failure {
            Failure::Invalid(why) => AwaitError::Invalid(why),
            Failure::Unavailable { tried, .. } => AwaitError::Unavailable { tried },
        }
    }
}

impl Client {
    /// Waits until the entry `at` of `partition` has reached `level`, for as long as the deadline allows.
    pub async fn await_level(
        &self,
        partition: Partition,
        at: EntryId,
        level: AckLevel,
    ) -> Result<Written, AwaitError> {
        limits::check_partition(partition).map_err(|error| AwaitError::Invalid(error.to_string()))?;
        let patience = Patience::new(self.options.deadline);
        loop {
            let answer = match &self.route {
                Route::Nodes(cluster) => cluster.await_level(partition, at, level).await?,
                Route::Router(router) => {
                    // How long to wait is the router's affair.
                    let request = ClientRequest::Await {
                        partition,
                        at,
                        level,
                        wait_ms: 0,
                    };
                    router.ask_protocol(request, true).await?
                }
            };
            let node = answer.node;
            let outcome = match answer.reply {
                Reply::Written { at: of, copies } if of == at => return Ok(Written { at, copies, node }),
                Reply::Lost(range) if range.epoch == at.epoch && range.last == at.index => {
                    return Err(AwaitError::Lost { partition, range });
                }
                Reply::NotYet { at: of, .. } if of == at && patience.left().is_some() => continue,
                Reply::NotYet { at: of, copies } if of == at => {
                    return Err(AwaitError::NotYet { at, copies, node });
                }
                _ => Outcome::Nonsense,
            };
            return Err(AwaitError::Unavailable {
                tried: format!("{node}: {outcome}"),
            });
        }
    }
}
