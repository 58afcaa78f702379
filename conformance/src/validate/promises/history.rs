//! The committed history of a partition: whose each entry is, and what a second implementation makes of them.

use super::list::{Broken, Looked, Promise};
use crate::validate::lane::Replica;
use katakv_core::{Entry, EntryId, Epoch, Index, Lineage, Log, MemStore, NodeId, Payload, Store};
use katakv_model::oracle::Oracle;
use std::collections::HashMap;

/// See the [module](self).
pub(super) struct History {
    /// Whose each entry is.
    lineage: Lineage,
    /// What the entries amount to, by the words of the specification; nothing, where the record lacks the first ones.
    specified: Option<Oracle>,
    /// The entry of each numbered write, by client and number.
    numbered: HashMap<(EntryId, u64), EntryId>,
    /// The latest time that an entry has said, in milliseconds since the Unix epoch.
    latest_ms: u64,
}

impl Default for History {
    fn default() -> History {
        History {
            lineage: Lineage::default(),
            specified: Some(Oracle::default()),
            numbered: HashMap::new(),
            latest_ms: 0,
        }
    }
}

impl History {
    pub(super) fn epoch_at(&self, index: Index) -> Option<Epoch> {
        self.lineage.epoch_at(index).filter(|_| index > Index::ZERO)
    }

    pub(super) fn has(&self, at: EntryId) -> bool {
        self.epoch_at(at.index) == Some(at.epoch)
    }

    /// `who` knows that its log is committed at `index`. Returns the entry, if nobody has known it before and it is there.
    pub(super) fn agree(
        &mut self,
        who: NodeId,
        node: &Replica,
        index: Index,
        looked: &mut Looked,
    ) -> Result<(), Broken> {
        let own = EntryId::new(node.log().epoch_at(index).unwrap_or(Epoch::ZERO), index);
        let last = self.lineage.last();
        if let Some(known) = self.epoch_at(index) {
            return looked.keep(Promise::AppliedAgreement, own.epoch == known, || {
                let known = EntryId::new(known, index);
                format!("{who} has committed {own}, where {known} is committed")
            });
        }
        looked.keep(
            Promise::AppliedAgreement,
            index == last.index.next() && own.epoch >= last.epoch && own.epoch > Epoch::ZERO,
            || format!("{who} has committed {own} after {last}"),
        )?;
        self.lineage.append(own);
        match node.log().entry(index) {
            Some(entry) => self.take(entry, looked),
            // Compacted before anybody said that it was committed.
            None => {
                self.specified = None;
                Ok(())
            }
        }
    }

    fn take(&mut self, entry: &Entry, looked: &mut Looked) -> Result<(), Broken> {
        if let Some(specified) = &mut self.specified {
            specified.take(entry);
        }
        if let time_ms @ 1.. = entry.payload.time_ms() {
            looked.keep(Promise::TimeNeverGoesBack, time_ms >= self.latest_ms, || {
                let (at, latest_ms) = (entry.id, self.latest_ms);
                format!("{at} says that it is {time_ms}, and one before it that it is {latest_ms}")
            })?;
            self.latest_ms = time_ms;
        }
        let Payload::Once(once) = &entry.payload else {
            return Ok(());
        };
        let (client, seq) = (once.origin.client, once.origin.seq);
        let before = self.numbered.insert((client, seq), entry.id);
        looked.keep(Promise::ExactlyOnce, before.is_none(), || {
            format!(
                "write {seq} of client {client} is committed twice, last at {}",
                entry.id
            )
        })
    }

    /// The lineage that stands for what a log has dropped is that of the committed history.
    pub(super) fn dropped(&self, node: &Replica, looked: &mut Looked) -> Result<(), Broken> {
        let to = node.log().compacted().index;
        if to > self.lineage.last().index {
            return Ok(());
        }
        let kept = node.log().lineage(to) == self.lineage.up_to(to);
        looked.keep(Promise::CompactionKeepsLineage, kept, || {
            format!(
                "the lineage of {} up to {to} is not that of what was committed",
                node.id()
            )
        })
    }

    /// A store that has applied all that is committed holds what that amounts to.
    pub(super) fn is_applied(&self, node: &Replica, looked: &mut Looked) -> Result<(), Broken> {
        let store: &MemStore = node.store().now();
        let Some(specified) = self
            .specified
            .as_ref()
            .filter(|_| store.applied() == self.lineage.last())
        else {
            return Ok(());
        };
        let kept = specified.is_state(store);
        looked.keep(Promise::AppliedAsSpecified, kept, || {
            let (id, applied) = (node.id(), store.applied());
            format!("{id} has applied its log up to {applied}, and holds something else than the entries say")
        })
    }

    /// A client is told that the entry `at` was done, or of the version that stood against it.
    pub(super) fn outcome(
        &self,
        at: EntryId,
        against: Option<Option<EntryId>>,
        looked: &mut Looked,
    ) -> Result<(), Broken> {
        let Some(specified) = self.specified.as_ref().filter(|_| self.has(at)) else {
            return Ok(());
        };
        let kept = specified.conflict(at) == against;
        looked.keep(Promise::OutcomesAsTold, kept, || {
            format!("what a client was told of {at} is not what the entries say")
        })
    }

    /// A client is told that its numbered write is the entry `at`.
    pub(super) fn is_done(
        &self,
        node: &Replica,
        origin: (EntryId, u64),
        at: EntryId,
        looked: &mut Looked,
    ) -> Result<(), Broken> {
        let in_log = node.log().entry(at.index).is_some_and(|entry| {
            entry.id == at
                && matches!(&entry.payload, Payload::Once(once) if (once.origin.client, once.origin.seq) == origin)
        });
        let kept = in_log || self.numbered.get(&origin) == Some(&at) || self.specified.is_none();
        looked.keep(Promise::NoFalseDone, kept, || {
            let (client, seq) = origin;
            format!("{at} is said to be write {seq} of client {client}, and is not")
        })
    }
}
