//! What is committed and durable here changes the store, and what that decides is answered.

use crate::node::{Node, Role};
use crate::step::Step;
use crate::{Branch, ClientChange, Entry, Index, Log, Op, Outcome, Payload, Rules, Store, Transaction};
use std::slice;

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// Applies what is both committed and durable here. A store can therefore never be ahead of the log that it
    /// is recovered with.
    pub(crate) fn apply_committed(&mut self) {
        self.node.install_staged(self.rules);
        let to = self.node.commit.min(self.node.durable());
        let mut decided = false;
        while self.node.applied().index < to {
            let next = self.node.applied().index.next();
            let entry = self
                .node
                .log
                .entry(next)
                .expect("a committed entry is in the log");
            let outcome = apply(self.rules, &mut self.node.store, entry);
            if let Role::Leader(leadership) = &mut self.node.role {
                leadership.unapplied.applied(entry);
                leadership.expiry.applied(entry);
            }
            if entry.payload.is_told_when_applied() {
                decided |= self.node.decide(self.rules, next, outcome);
            }
        }
        if decided {
            self.answer_writes();
        }
    }
}

impl<L: Log, S: Store> Node<L, S> {
    /// The state that was received stands in for the entries before it, once it is durable here.
    fn install_staged<R: Rules + ?Sized>(&mut self, rules: &R) {
        let durable = self.gate.durable();
        if let Some(staged) = self
            .staged
            .take_if(|staged| rules.installs(staged.last().index, durable))
        {
            rules.took(Branch::StateInstalled);
            self.store.install(staged.last(), &staged.state);
        }
    }
}

impl<L, S> Node<L, S> {
    /// The entry at `index` was applied: the clients who ask for it may be told, if this replica has yet to answer them.
    fn decide<R: Rules + ?Sized>(&mut self, rules: &R, index: Index, outcome: Outcome) -> bool {
        let Role::Leader(leadership) = &mut self.role else {
            rules.took(Branch::DecidedAtNoLeader);
            return false;
        };
        let pending = &mut leadership.pending;
        let first = pending.partition_point(|write| write.index < index);
        let end = pending.partition_point(|write| write.index <= index);
        if first == end {
            rules.took(Branch::DecidedForNobody);
            return false;
        }
        rules.took(Branch::DecidedForClient);
        for write in pending.range_mut(first..end) {
            write.outcome = Some(outcome);
        }
        true
    }
}

/// Applies the entry that follows what `store` has applied: the same on every replica.
fn apply<R: Rules + ?Sized, S: Store>(rules: &R, store: &mut S, entry: &Entry) -> Outcome {
    let clock_ms = store.clock_ms().max(entry.payload.time_ms());
    match &entry.payload {
        Payload::Barrier => {
            rules.took(Branch::BarrierApplied);
            store.apply(entry.id, &[], None, clock_ms);
            Outcome::Done
        }
        Payload::Joined { .. } => {
            rules.took(Branch::JoinedApplied);
            store.apply(entry.id, &[], None, clock_ms);
            Outcome::Done
        }
        Payload::Op(op) => {
            rules.took(Branch::OpApplied);
            store.apply(entry.id, slice::from_ref(op), None, clock_ms);
            Outcome::Done
        }
        Payload::Transaction(transaction) => {
            rules.took(Branch::TransactionApplied);
            let (outcome, ops) = decided(rules, store, transaction);
            store.apply(entry.id, ops, None, clock_ms);
            outcome
        }
        Payload::Register { forgets } => {
            rules.took(Branch::RegistrationApplied);
            let forgets = *forgets;
            let registered = ClientChange::Registered { forgets };
            store.apply(entry.id, &[], Some(registered), clock_ms);
            Outcome::Done
        }
        Payload::Once(once) => {
            rules.took(Branch::NumberedApplied);
            let (outcome, ops) = decided(rules, store, &once.transaction);
            let executed = ClientChange::Executed {
                origin: once.origin,
                outcome: Some(outcome).filter(|outcome| rules.remembers(outcome)),
                forgets_to: rules.forgets_to(once.origin.done),
            };
            store.apply(entry.id, ops, Some(executed), clock_ms);
            outcome
        }
        // Who is due is found out only here: a key that was changed since the entry was appended is not.
        Payload::Expire { time_ms, keys_max } => {
            rules.took(Branch::ExpiryApplied);
            let due = store.due(rules.expires_to(*time_ms), *keys_max as usize);
            let gone: Vec<Op> = due.into_iter().map(|key| Op::Delete { key }).collect();
            store.apply(entry.id, &gone, None, clock_ms);
            Outcome::Done
        }
    }
}

/// What a transaction does in the state of `store`: its outcome, and the changes that it makes.
fn decided<'a, R: Rules + ?Sized, S: Store>(
    rules: &R,
    store: &S,
    transaction: &'a Transaction,
) -> (Outcome, &'a [Op]) {
    let conflict = conflict(rules, store, transaction);
    let ops = rules.applied_ops(conflict.is_none(), transaction.ops.len());
    (conflict.unwrap_or(Outcome::Done), &transaction.ops[..ops])
}

/// The first condition that does not hold.
fn conflict<R: Rules + ?Sized, S: Store>(rules: &R, store: &S, transaction: &Transaction) -> Option<Outcome> {
    let conditions = (0..).zip(&transaction.conditions);
    conditions
        .map(|(place, condition)| (place, condition, store.version(&condition.key)))
        .find(|(_, condition, version)| !rules.condition_holds(*version, condition.version))
        .map(|(condition, _, version)| Outcome::Conflict { condition, version })
}
