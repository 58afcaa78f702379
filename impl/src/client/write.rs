//! How a write, a linearizable read or a question about a write's level finds its leader.
//!
//! The last known leader is asked first; a redirect is followed at once; a leader that is new, and a node that is busy, is asked again
//! after a pause. All of these say that the write was *not* carried out, so it may be sent again.
//!
//! When nobody can say so, because a connection broke or stayed silent after the write was sent, or because its leader
//! stepped down, all depends on whether it is numbered. A numbered write is sent again, the same to the letter, and
//! is carried out once; an answer that does not come is not waited for very long, since it may be lost. One that is not numbered
//! is never sent again: a second copy could overwrite what another client wrote in between. The caller is told that the outcome
//! is not known.
//!
//! A question whether a write has reached a level is asked again until it has, or is lost, or there is no more time.
//!
//! A linearizable read goes the same way. It may be sent again whatever became of it, so a leader that stays silent,
//! because nobody follows it any more or because it is stopped, is waited for as long as a replica that has to catch up.

use super::calls::CallError;
use super::cluster::{Answer, Cluster, Failure, Said, unavailable, with_grace};
use super::leaders::Search;
use super::patience::Patience;
use super::tried::{Outcome, Tried};
use crate::wire::ClientRequest;
use katakv_core::{AckLevel, Bytes, EntryId, Once, Op, Partition, Reply};

impl Cluster {
    /// Carries out `op` at the leader of its key's partition; the answer is `Written` or `Unknown`.
    pub async fn write(&self, op: Op, level: AckLevel) -> Result<Answer, Failure> {
        let partition = Partition::of_key(op.key());
        self.at_leader(partition, ClientRequest::Write { op, level })
            .await
    }

    /// Reads `key` at the leader of its partition; the answer is `Value`.
    pub async fn linearizable_read(&self, key: Bytes) -> Result<Answer, Failure> {
        let partition = Partition::of_key(&key);
        self.at_leader(partition, ClientRequest::LinearizableRead { key })
            .await
    }

    /// Carries out a numbered write at the leader of its partition, once however often it is sent; the answer is `Written`,
    /// `Conflict`, `Unknown`, `TooManyOutstanding`, or `ClientExpired`, which says that no attempt was carried out.
    ///
    /// # Panics
    /// If it changes nothing: the caller has checked it.
    pub async fn once(&self, once: Once, level: AckLevel) -> Result<Answer, Failure> {
        let partition = Partition::of_key(once.transaction.ops[0].key());
        self.at_leader(partition, ClientRequest::Once { once, level })
            .await
    }

    /// Registers a client at the leader of `partition`; the answer is `Written`.
    pub async fn register(&self, partition: Partition) -> Result<Answer, Failure> {
        self.at_leader(partition, ClientRequest::Register { partition })
            .await
    }

    /// Asks the leader of `partition` whether the entry `at` has reached `level`, until it has; the answer is `Written`, `Lost`, or
    /// `NotYet`.
    pub async fn await_level(
        &self,
        partition: Partition,
        at: EntryId,
        level: AckLevel,
    ) -> Result<Answer, Failure> {
        let request = ClientRequest::Await {
            partition,
            at,
            level,
            wait_ms: u32::try_from(self.options.wait.as_millis()).unwrap_or(u32::MAX),
        };
        self.at_leader(partition, request).await
    }

    /// Carries out a write, a linearizable read or a question about a level at the leader of `partition`; the answer is
    /// `Written`, `Conflict` or `Unknown`, or `Value`, or what [`Cluster::await_level`] says.
    pub async fn at_leader(&self, partition: Partition, request: ClientRequest) -> Result<Answer, Failure> {
        let awaits = matches!(request, ClientRequest::Await { .. });
        let reads = awaits || matches!(request, ClientRequest::LinearizableRead { .. });
        let repeatable = is_repeatable(&request);
        let mut patience = Patience::new(self.options.deadline);
        let mut search = Search::new(self.placement().replicas(partition), self.leaders.get(partition));
        let mut tried = Tried::default();
        // What the attempts so far have left behind: of a question about a level, that it is not reached.
        let (mut maybe_done, mut unknown) = (false, None);
        let mut attempt = with_grace(self.options.wait);
        while let Some(left) = patience.left() {
            let Some(node) = search.next() else {
                patience.pause().await;
                search.again();
                continue;
            };
            let within = if repeatable { attempt.min(left) } else { left };
            let outcome = match self.ask(node, request.clone(), within).await {
                Said::Invalid(why) => return Err(Failure::Invalid(why)),
                Said::Nothing(outcome) => outcome,
                Said::Answer(answer) => match answer.reply {
                    Reply::Written { .. } | Reply::Lost(_) if awaits => {
                        self.leaders.set(partition, Some(node));
                        return Ok(answer);
                    }
                    // It has waited a while already, and may be deposed without knowing it: the others are asked, too.
                    Reply::NotYet { .. } if awaits => {
                        unknown = Some(answer);
                        continue;
                    }
                    Reply::Value { .. } if reads && !awaits => {
                        self.leaders.set(partition, Some(node));
                        return Ok(answer);
                    }
                    Reply::Written { .. } | Reply::Conflict { .. } | Reply::TooManyOutstanding if !reads => {
                        self.leaders.set(partition, Some(node));
                        return Ok(answer);
                    }
                    Reply::Unknown { .. } if !reads && repeatable => {
                        self.leaders.set(partition, None);
                        unknown = Some(answer);
                        continue;
                    }
                    // Its client is not known any more: what became of an earlier attempt, nobody can say.
                    Reply::ClientExpired if repeatable && (maybe_done || unknown.is_some()) => {
                        tried.note(node, Outcome::ClientExpired);
                        break;
                    }
                    Reply::Unknown { .. } | Reply::ClientExpired if !reads => {
                        self.leaders.set(partition, None);
                        return Ok(answer);
                    }
                    Reply::NotLeader { leader } => Outcome::NotLeader { leader },
                    Reply::NotServing => Outcome::NotServing,
                    Reply::Busy => Outcome::Busy,
                    Reply::HandingOver { to } => Outcome::HandingOver { to },
                    Reply::Written { .. }
                    | Reply::Conflict { .. }
                    | Reply::Unknown { .. }
                    | Reply::Value { .. }
                    | Reply::NotCaughtUp { .. }
                    | Reply::Lost(_)
                    | Reply::ClientExpired
                    | Reply::TooManyOutstanding
                    | Reply::AnyValue { .. }
                    | Reply::NotYet { .. }
                    | Reply::Page { .. }
                    | Reply::Fate { .. } => Outcome::Nonsense,
                },
            };
            match &outcome {
                Outcome::NotLeader { leader } => {
                    self.leaders.set(partition, *leader);
                    search.told(*leader);
                }
                Outcome::HandingOver { to } => {
                    self.leaders.set(partition, Some(*to));
                    search.told(Some(*to));
                }
                Outcome::NotServing => search.wait_for(node),
                // Any node may be, not only the leader: the others are asked who that is.
                Outcome::Busy | Outcome::DiskFull | Outcome::LivesFull => {}
                Outcome::Failed(CallError::TimedOut { .. }) => {
                    self.leaders.set(partition, None);
                    // It may be slow rather than dead.
                    attempt *= 2;
                }
                _ => self.leaders.set(partition, None),
            }
            maybe_done |= !reads && may_be_carried_out(&outcome);
            tried.note(node, outcome);
            if maybe_done && !repeatable {
                break;
            }
        }
        match unknown {
            Some(unknown) => Ok(unknown),
            None => Err(unavailable(&tried, maybe_done)),
        }
    }
}

/// Whether it does no harm to send a request again that may have been carried out.
fn is_repeatable(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::Once { .. }
        | ClientRequest::Register { .. }
        | ClientRequest::Read { .. }
        | ClientRequest::LinearizableRead { .. }
        | ClientRequest::AnyRead { .. }
        | ClientRequest::Fate { .. }
        | ClientRequest::Await { .. }
        | ClientRequest::Scan { .. }
        | ClientRequest::Quarantine { .. }
        | ClientRequest::StatePage { .. }
        | ClientRequest::Watch { .. }
        | ClientRequest::Status
        | ClientRequest::Usage { .. }
        | ClientRequest::Transfer { .. } => true,
        ClientRequest::Write { .. } | ClientRequest::Transact { .. } => false,
    }
}

/// Whether a write may have been carried out by a node that answered so.
fn may_be_carried_out(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed(error) => error.maybe_done(),
        Outcome::NotLeader { .. }
        | Outcome::HandingOver { .. }
        | Outcome::NotServing
        | Outcome::Busy
        | Outcome::Elsewhere { .. }
        | Outcome::NoSuchNode
        | Outcome::DiskFull
        | Outcome::LivesFull => false,
        Outcome::OtherCluster(_) | Outcome::Nonsense | Outcome::ClientExpired => true,
        Outcome::NotCaughtUp { .. } | Outcome::Stale { .. } => true,
    }
}
