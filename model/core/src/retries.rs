//! How a leader tells a write that is new from one that it has.
//!
//! ```text
//!   a numbered write arrives at a serving leader
//!     in its log, not applied yet  -->  the request joins those that wait for that entry
//!     applied                      -->  it is told what became of it then, once its level is reached
//!     of an unknown client, or of a number that the client is done with  -->  ClientExpired
//!     none of these                -->  it is new, and is appended
//! ```
//! So a log never holds a write twice, and nobody is told of an entry that is not that very write. Deciding when the entry is
//! *appended*, not when it is applied as in Ongaro's thesis (§6.3), costs a look at what is not applied yet, and lets a retry be
//! told the id of the entry that there is, at any level.
//!
//! What is not applied yet is what this leader has appended itself, and `Unapplied` lists that. Nothing that it has
//! inherited is left over: its vote requests have waited for its disk, and it serves when its barrier is committed, so by then
//! all before the barrier is applied here. That is also why it serves no retry sooner.
//!
//! There is room for [`Limits::clients_max`](crate::Limits::clients_max) clients. Whoever registers beyond takes the place of
//! the one that was active the longest ago. The *leader* chooses, and the entry says whom, so replicas forget alike
//! whatever their configurations say. One with a write in the log that is not applied yet is not chosen: its result
//! would have nowhere to go.

use crate::node::{Leadership, Node, PendingWrite, Role};
use crate::step::Step;
use crate::{
    AckLevel, Branch, Entry, EntryId, Executed, Index, Log, Once, Origin, Outcome, Payload, Reply, RequestId,
    Rules, Store,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a leader has appended and not yet applied, as far as clients are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unapplied {
    /// The place of each numbered write, by client and number.
    #[serde(with = "crate::pairs")]
    pub writes: BTreeMap<(EntryId, u64), Index>,
    /// How many registrations there are.
    pub registrations: u32,
    /// Who is forgotten by them.
    pub forgotten: BTreeSet<EntryId>,
}

impl Unapplied {
    fn appended(&mut self, entry: &Entry) {
        match &entry.payload {
            Payload::Register { forgets } => {
                self.registrations += 1;
                self.forgotten.extend(*forgets);
            }
            Payload::Once(once) => {
                let Origin { client, seq, .. } = once.origin;
                self.writes.insert((client, seq), entry.id.index);
            }
            Payload::Barrier
            | Payload::Op(_)
            | Payload::Transaction(_)
            | Payload::Joined { .. }
            | Payload::Expire { .. } => {}
        }
    }

    /// The entry is applied. What was there before this leader was elected is not listed.
    pub(crate) fn applied(&mut self, entry: &Entry) {
        match &entry.payload {
            Payload::Register { forgets } => {
                self.registrations = self.registrations.saturating_sub(1);
                if let Some(forgotten) = forgets {
                    self.forgotten.remove(forgotten);
                }
            }
            Payload::Once(once) => {
                let Origin { client, seq, .. } = once.origin;
                self.writes.remove(&(client, seq));
            }
            Payload::Barrier
            | Payload::Op(_)
            | Payload::Transaction(_)
            | Payload::Joined { .. }
            | Payload::Expire { .. } => {}
        }
    }

    fn has_writes_of(&self, client: EntryId) -> bool {
        let mut writes = self.writes.range((client, 0)..=(client, u64::MAX));
        writes.next().is_some()
    }
}

/// What a leader finds of a numbered write.
enum Found {
    /// It is in the log, and not applied yet.
    Appended(Index),
    /// It is applied.
    Applied(Executed),
    /// Its client is known, and it is not.
    New,
}

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// A client registers, with the entry after `before` others of its batch; or it is refused.
    pub(crate) fn register(&mut self, request: RequestId, before: usize) -> Option<Entry> {
        if let Some(refusal) = self.refusal(AckLevel::Quorum, before) {
            self.rules.took(Branch::RegistrationRefused);
            self.reply(request, refusal);
            return None;
        }
        let Some(forgets) = self.node.room_for_a_client() else {
            self.rules.took(Branch::RegistrationWithoutRoom);
            // Each has a write that is not applied yet: there will be room soon.
            self.reply(request, Reply::Busy);
            return None;
        };
        self.rules.took(Branch::RegistrationTaken);
        let payload = Payload::Register { forgets };
        Some(self.append_numbered(request, payload, AckLevel::Quorum, before))
    }

    /// A numbered write: it becomes the entry after `before` others of its batch if it is new, and else what became of
    /// it is told.
    pub(crate) fn once(
        &mut self,
        request: RequestId,
        once: Once,
        level: AckLevel,
        before: usize,
    ) -> Option<Entry> {
        let found = self.find(&once.origin);
        let refusal = match found {
            Err(refusal) => {
                self.rules.took(Branch::NumberedRefused);
                refusal
            }
            Ok(Found::New) => {
                self.rules.took(Branch::NumberedNew);
                match self.turned_away(level, before) {
                    None => {
                        self.rules.took(Branch::NumberedTaken);
                        let payload = Payload::Once(Box::new(once));
                        return Some(self.append_numbered(request, payload, level, before));
                    }
                    Some(refusal) => {
                        self.rules.took(Branch::NumberedTurnedAway);
                        refusal
                    }
                }
            }
            // Its outcome is final, and its entry committed.
            Ok(Found::Applied(executed)) => {
                self.rules.took(Branch::NumberedExecuted);
                self.join_waiting(request, executed.at.index, level, Some(executed.outcome));
                return None;
            }
            // It waits beside the request that is there already, and must not wait without bound.
            Ok(Found::Appended(_)) if self.too_many_wait() => {
                self.rules.took(Branch::NumberedAgainTooMany);
                Reply::Busy
            }
            Ok(Found::Appended(index)) => {
                self.rules.took(Branch::NumberedAppended);
                let conditional = !once.transaction.conditions.is_empty();
                let waits = self.rules.awaits_outcome(conditional);
                self.join_waiting(request, index, level, (!waits).then_some(Outcome::Done));
                return None;
            }
        };
        self.reply(request, refusal);
        None
    }

    /// Looks for a numbered write; or says why nobody should be told here.
    fn find(&self, origin: &Origin) -> Result<Found, Reply> {
        let node = &*self.node;
        let Role::Leader(leadership) = &node.role else {
            self.rules.took(Branch::NumberedAtNoLeader);
            let leader = node.leader();
            return Err(Reply::NotLeader { leader });
        };
        if !self.rules.serves_retries(leadership.barrier, node.commit) {
            self.rules.took(Branch::NumberedBeforeBarrier);
            return Err(Reply::NotServing);
        }
        if !origin.is_within_bounds() {
            self.rules.took(Branch::NumberedTooFarAhead);
            return Err(Reply::TooManyOutstanding);
        }
        let Unapplied {
            writes, forgotten, ..
        } = &leadership.unapplied;
        let place = writes.get(&(origin.client, origin.seq)).copied();
        if let Some(index) = self.rules.appended_before(place) {
            self.rules.took(Branch::NumberedFoundInLog);
            return Ok(Found::Appended(index));
        }
        let known = node.store.clients().get(origin.client);
        let Some(client) = known.filter(|_| !forgotten.contains(&origin.client)) else {
            self.rules.took(Branch::NumberedOfNobody);
            let served = self.rules.serves_unknown_clients();
            return served.then_some(Found::New).ok_or(Reply::ClientExpired);
        };
        match client.executed.get(&origin.seq) {
            Some(executed) => {
                self.rules.took(Branch::NumberedFoundApplied);
                Ok(Found::Applied(*executed))
            }
            None if origin.seq <= client.done => {
                self.rules.took(Branch::NumberedForgotten);
                Err(Reply::ClientExpired)
            }
            None => {
                self.rules.took(Branch::NumberedNotFound);
                Ok(Found::New)
            }
        }
    }

    fn append_numbered(
        &mut self,
        request: RequestId,
        payload: Payload,
        level: AckLevel,
        before: usize,
    ) -> Entry {
        let entry = self.next_entry(request, payload, level, before);
        self.leadership().unapplied.appended(&entry);
        entry
    }

    /// One more request waits for the entry at `index`, or is answered at the end of this step.
    fn join_waiting(&mut self, request: RequestId, index: Index, level: AckLevel, outcome: Option<Outcome>) {
        let pending = &mut self.leadership().pending;
        let place = pending.partition_point(|write| write.index <= index);
        let write = PendingWrite {
            request,
            index,
            level,
            outcome,
        };
        pending.insert(place, write);
    }

    fn too_many_wait(&mut self) -> bool {
        let max = self.node.config.limits.uncommitted_max as usize;
        self.leadership().pending.len() >= max
    }
}

impl<L: Log, S: Store> Node<L, S> {
    /// Whom a new client takes the place of, if it has to take one's; `None` if there is nobody who could be forgotten.
    fn room_for_a_client(&self) -> Option<Option<EntryId>> {
        let Role::Leader(Leadership { unapplied, .. }) = &self.role else {
            return None;
        };
        let clients = self.store.clients();
        let there_will_be = clients.len() + unapplied.registrations as usize - unapplied.forgotten.len();
        if there_will_be < self.config.limits.clients_max as usize {
            return Some(None);
        }
        let idle = |id: &EntryId| !unapplied.forgotten.contains(id) && !unapplied.has_writes_of(*id);
        let candidates = clients.iter().filter(|(id, _)| idle(id));
        let oldest = candidates.min_by_key(|(_, client)| client.active);
        oldest.map(|(id, _)| Some(*id))
    }
}
