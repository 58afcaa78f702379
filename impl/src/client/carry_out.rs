//! How a write is sent: under a number of its own, or, by a client that cannot get one, once.
//!
//! A number needs a name, and to get a name is an entry on a majority. A write at level `leader` needs no majority: its leader may be alone, and
//! it is for such moments that the level is there. So where a client has no name, and does not get one within a moment, it sends such a
//! write un-numbered, and goes on asking for a name meanwhile. What is not numbered is never sent a second time once it may have been carried
//! out: without an answer its outcome is *unknown*, and told so. At the other levels no write leaves without a number.

use super::cluster::{Answer, Failure};
use super::error::WriteError;
use super::numbers::{Next, Number};
use super::operations::{Client, Route};
use super::tried::Outcome;
use crate::wire::ClientRequest;
use katakv_core::{AckLevel, EntryId, Once, Partition, Reply, Transaction};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How often a write may find that the partition has forgotten its client before that is an error. Each time there were more
/// other clients in between than a partition remembers.
const NAMES_MAX: usize = 3;

/// How long a write at level `leader` waits for its client's name. A leader that has a majority gives it within some round trips; one that has none
/// steps down soon, by default after 400 ms.
const NAMED_WITHIN: Duration = Duration::from_millis(100);

impl Client {
    /// Sends a write until it is answered: again and again under its number, or once.
    pub(super) async fn carry_out(
        &self,
        partition: Partition,
        transaction: Transaction,
        level: AckLevel,
    ) -> Result<Answer, WriteError> {
        for _ in 0..NAMES_MAX {
            let Some(number) = self.number_for(partition, level).await? else {
                return self.carry_out_once(partition, transaction, level).await;
            };
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

    /// Sends a write that has no number.
    async fn carry_out_once(
        &self,
        partition: Partition,
        transaction: Transaction,
        level: AckLevel,
    ) -> Result<Answer, WriteError> {
        let request = ClientRequest::Transact { transaction, level };
        let answer = match &self.route {
            Route::Nodes(cluster) => cluster.at_leader(partition, request).await?,
            Route::Router(router) => router.ask_protocol(request, false).await?,
        };
        Ok(answer)
    }

    /// A number for a write at `level`, or none if it is to be sent without.
    async fn number_for(
        &self,
        partition: Partition,
        level: AckLevel,
    ) -> Result<Option<Number<'_>>, WriteError> {
        let number = self.number(partition);
        if level != AckLevel::Leader || self.numbers.has_name(partition) {
            return number.await.map(Some);
        }
        self.register_meanwhile(partition);
        match timeout(NAMED_WITHIN, number).await {
            Ok(number) => number.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// A number in `partition`; the client registers first if it has no name there.
    async fn number(&self, partition: Partition) -> Result<Number<'_>, WriteError> {
        loop {
            match self.numbers.next(partition) {
                Next::Number(number) => return Ok(number),
                Next::Full(closed) => closed.await,
                Next::Nameless => {
                    if let Some(_turn) = self.numbers.turn(partition).await {
                        let name = self.route.register(partition).await?;
                        self.numbers.registered(partition, name);
                    }
                }
            }
        }
    }

    /// Registers beside whatever else the client does, unless that is going on.
    fn register_meanwhile(&self, partition: Partition) {
        let Some(turn) = self.numbers.free_turn(partition) else {
            return;
        };
        let (route, numbers) = (self.route.clone(), Arc::clone(&self.numbers));
        tokio::spawn(async move {
            let _turn = turn;
            // If it comes to nothing, the next write tries again.
            if let Ok(name) = route.register(partition).await {
                numbers.registered(partition, name);
            }
        });
    }
}

impl Route {
    /// The client's name in `partition`, as of now.
    async fn register(&self, partition: Partition) -> Result<EntryId, WriteError> {
        let answer = match self {
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
