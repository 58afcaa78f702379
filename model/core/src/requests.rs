//! Client requests: writes, linearizable reads and questions about a write's level at the leader, session reads, reads of
//! any age and questions about a write's fate anywhere.

use crate::any_read::any_read;
use crate::awaited::awaited;
use crate::fate::fate;
use crate::node::{Leadership, PendingWrite, Role};
use crate::session::{SessionRead, session_read};
use crate::step::Step;
use crate::{
    AckLevel, Branch, Effect, Entry, EntryId, Log, Outcome, Payload, Reply, Request, RequestBody, RequestId,
    Rules, Store,
};

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// A batch of requests: its writes become one record and one append per follower.
    pub(crate) fn requests(&mut self, requests: Vec<Request>) {
        let after = self.node.log.last().index;
        let (mut entries, mut retries) = (Vec::new(), false);
        for Request { id, body } in requests {
            self.rules.took(Branch::of_request(&body));
            match body {
                RequestBody::Read { key, seen } => {
                    let found = |store: &S, at| Reply::value(store.get(&key), at);
                    let reply = self.read(seen, found);
                    self.reply(id, reply);
                }
                RequestBody::Scan { scan, seen } => {
                    let found = |store: &S, at| Reply::Page {
                        page: store.scan(&scan),
                        at,
                    };
                    let reply = self.read(seen, found);
                    self.reply(id, reply);
                }
                RequestBody::Fate { at } => {
                    let fate = fate(self.rules, &self.node.log, self.node.applied(), at);
                    let lost = self.node.lost_operation(self.rules, at);
                    self.reply(id, Reply::Fate { at, fate, lost });
                }
                RequestBody::AnyRead { key } => {
                    let reply = any_read(self.rules, self.node, &key);
                    self.reply(id, reply);
                }
                RequestBody::Await { at, level } => {
                    let reply = awaited(self.rules, self.node, at, level);
                    self.reply(id, reply);
                }
                RequestBody::LinearizableRead { key } => self.linearizable_read(id, key),
                RequestBody::Write { op, level } => {
                    let accepted = self.accept(id, Payload::Op(op), level, entries.len());
                    entries.extend(accepted);
                }
                RequestBody::Transact { transaction, level } => {
                    let payload = Payload::Transaction(Box::new(transaction));
                    entries.extend(self.accept(id, payload, level, entries.len()));
                }
                RequestBody::Register => entries.extend(self.register(id, entries.len())),
                RequestBody::Once { once, level } => {
                    entries.extend(self.once(id, once, level, entries.len()));
                    retries = true;
                }
            }
        }
        self.begin_round();
        if !entries.is_empty() {
            self.append_to_log(after, entries);
            self.replicate_to_all();
            // Nothing is durable yet, so nothing is answered here; a mutant may think otherwise.
            self.maybe_commit();
        } else if retries && self.node.leads() {
            // What was carried out before may be told now.
            self.answer_writes();
        }
    }

    /// What `found` finds in the store, as of a position, for a session that has seen `seen`.
    fn read(&self, seen: EntryId, found: impl FnOnce(&S, EntryId) -> Reply) -> Reply {
        let applied = self.node.applied();
        match session_read(self.rules, &self.node.log, applied, seen) {
            SessionRead::Answer => {
                self.rules.took(Branch::SessionAnswered);
                let at = self.rules.read_position(applied, seen);
                found(&self.node.store, at)
            }
            SessionRead::NotCaughtUp => {
                self.rules.took(Branch::SessionToldToWait);
                Reply::NotCaughtUp { applied }
            }
            SessionRead::Lost(range) => {
                self.rules.took(Branch::SessionToldOfLoss);
                Reply::Lost(range)
            }
        }
    }

    /// Why a write at `level` cannot be accepted now, when `accepted` of the same batch were.
    pub(crate) fn refusal(&self, level: AckLevel, accepted: usize) -> Option<Reply> {
        let Role::Leader(_) = &self.node.role else {
            self.rules.took(Branch::WriteAtNoLeader);
            return Some(Reply::NotLeader {
                leader: self.node.leader(),
            });
        };
        if !self.node.serving() {
            self.rules.took(Branch::WriteBeforeBarrier);
            return Some(Reply::NotServing);
        }
        self.turned_away(level, accepted)
    }

    /// Why a leader does not take one more write at `level`, when it has accepted `accepted` of the same batch.
    pub(crate) fn turned_away(&self, level: AckLevel, accepted: usize) -> Option<Reply> {
        if let Role::Leader(Leadership {
            transfer: Some(transfer),
            ..
        }) = &self.node.role
            && !self.rules.accepts_while_handing_over()
        {
            self.rules.took(Branch::WriteWhileHandingOver);
            return Some(Reply::HandingOver { to: transfer.to });
        }
        // Applied is what is committed and durable here: a leader whose own disk has stalled is bounded, too.
        let unapplied = self.node.log.last().index.plus(accepted).0 - self.node.applied().index.0;
        // A write at level `all` goes on waiting when it is committed, for as long as a follower is away; that must
        // not keep out the others.
        let unanswered = match (level, &self.node.role) {
            (AckLevel::All, Role::Leader(leadership)) => {
                self.rules.took(Branch::AskedForAll);
                leadership.pending.len() as u64
            }
            _ => {
                self.rules.took(Branch::AskedForLess);
                0
            }
        };
        let waiting_max = u64::from(self.node.config.limits.uncommitted_max);
        if self.rules.too_many(unapplied.max(unanswered), waiting_max) {
            self.rules.took(Branch::WriteTooMany);
            return Some(Reply::Busy);
        }
        None
    }

    /// Makes a write the entry after `before` others of its batch, or refuses it.
    fn accept(
        &mut self,
        request: RequestId,
        payload: Payload,
        level: AckLevel,
        before: usize,
    ) -> Option<Entry> {
        if let Some(refusal) = self.refusal(level, before) {
            self.rules.took(Branch::WriteRefused);
            self.reply(request, refusal);
            return None;
        }
        Some(self.next_entry(request, payload, level, before))
    }

    /// The entry after `before` others of its batch, for which `request` waits.
    pub(crate) fn next_entry(
        &mut self,
        request: RequestId,
        mut payload: Payload,
        level: AckLevel,
        before: usize,
    ) -> Entry {
        self.begin_lives(&mut payload);
        let index = self.node.log.last().index.plus(before).next();
        let waits = self.rules.awaits_outcome(payload.is_told_when_applied());
        self.await_level(PendingWrite {
            request,
            index,
            level,
            outcome: (!waits).then_some(Outcome::Done),
        });
        Entry {
            id: EntryId::new(self.node.epoch(), index),
            payload,
        }
    }

    pub(crate) fn reply(&mut self, request: RequestId, reply: Reply) {
        self.effects.push(Effect::Reply { request, reply });
    }
}
