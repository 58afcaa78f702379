//! What a log gives up is kept: the quarantine.
//!
//! ```text
//!   n0, which led e1:      e1:1   e1:2 put k   e1:3 delete j
//!   n1 leads e2, sends:           e2:2
//!   n0's log then:         e1:1   e2:2             quarantine: e1:2 put k, e1:3 delete j
//! ```
//! An operation may have been acknowledged at level `leader`, and a failover truncates it all the same. Its client is told so
//! (LOST, or `Fate::Truncated`), and whoever answers for the data needs to know *what* is gone. So the operations of every
//! entry that a log gives up, to a leader's entries or to a leader's state, go to a place beside the store's data: deletes
//! and transactions as well as puts. Barriers ask for nothing and go nowhere.
//!
//! **A crash keeps truncation and quarantine, or neither.** They are not two things to make durable: the record that
//! truncates says after which index, the records before it say what stood there, so [`Recovery`] finds the quarantine in the
//! log that it folds, as it finds the log. What is compacted away leaves those records behind; by then the store's own disk
//! has what it was given, which is what `Input::Compact` promises.
//!
//! **Nothing of it waits in the gate.** A crash that takes back a truncation may leave the operation in the log and in the
//! quarantine, and an entry that was truncated may come back with a later leader and be committed (Raft §5.4.2, figure 8).
//! So the quarantine says what an entry *was*, and nothing about its fate: only the applied log does, and an operation is
//! given away as lost only when that says so. An id names one entry for good, hence one operation.

use crate::step::Step;
use crate::{Branch, Entry, EntryId, Fate, Index, Lineage, Log, Node, Payload, Recovery, Rules, Store, fate};
use std::collections::BTreeMap;

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// The log is about to give up what comes after `after`.
    pub(crate) fn quarantine_after(&mut self, after: Index) {
        if self.node.config.limits.quarantine {
            quarantine(
                self.rules,
                &mut self.node.store,
                given_up_after(&self.node.log, after),
            );
        }
    }

    /// The log is about to give way to a leader's state with this lineage.
    pub(crate) fn quarantine_for(&mut self, state: &Lineage) {
        if self.node.config.limits.quarantine && self.rules.quarantines_replaced() {
            quarantine(
                self.rules,
                &mut self.node.store,
                given_up_for(&self.node.log, state),
            );
        }
    }
}

impl<L: Log, S: Store> Node<L, S> {
    /// The operations in quarantine that the applied log says are gone for good, from the entry `from` on: at most `count_max`
    /// and `bytes_max`, but at least one if there is one; and where to go on, if there may be more.
    pub fn quarantine(
        &self,
        from: EntryId,
        count_max: usize,
        bytes_max: usize,
    ) -> (Vec<Entry>, Option<EntryId>) {
        let mut entries = self.store.quarantined(from, count_max, bytes_max);
        let next = entries
            .last()
            .map(|last| EntryId::new(last.id.epoch, last.id.index.next()));
        entries.retain(|entry| self.is_truncated(&crate::Sound, entry.id));
        (entries, next)
    }

    /// The operation of the entry `at`, if it is gone for good and in quarantine here.
    pub(crate) fn lost_operation<R: Rules + ?Sized>(&self, rules: &R, at: EntryId) -> Option<Payload> {
        let found = self
            .is_truncated(rules, at)
            .then(|| self.store.quarantined(at, 1, usize::MAX));
        let entry = found?.pop().filter(|entry| entry.id == at)?;
        Some(entry.payload)
    }

    fn is_truncated<R: Rules + ?Sized>(&self, rules: &R, at: EntryId) -> bool {
        fate(rules, &self.log, self.applied(), at) == Fate::Truncated
    }
}

impl<L: Log> Recovery<L> {
    /// What the records so far have truncated, and no store's disk is known to have.
    pub fn quarantined(&self) -> &BTreeMap<EntryId, Payload> {
        &self.quarantined
    }
}

/// What a log loses when it ends after `after`.
pub(crate) fn given_up_after(log: &impl Log, after: Index) -> Vec<Entry> {
    log.entries_after(after, usize::MAX, usize::MAX)
}

/// What a log loses when it gives way to a leader's state: what is not in that one's history.
pub(crate) fn given_up_for(log: &impl Log, state: &Lineage) -> Vec<Entry> {
    let mut entries = given_up_after(log, log.compacted().index);
    entries.retain(|entry| state.epoch_at(entry.id.index) != Some(entry.id.epoch));
    entries
}

/// Puts the operations among `entries` into quarantine.
pub(crate) fn quarantine<R: Rules + ?Sized, S: Store>(rules: &R, store: &mut S, mut entries: Vec<Entry>) {
    entries.retain(|entry| rules.quarantines(&entry.payload));
    if !entries.is_empty() {
        rules.took(Branch::OperationsQuarantined);
        store.quarantine(entries);
    }
}
