//! All that a replica has made durable, as a few records: those before them need not be kept.
//!
//! ```text
//!   records   r1  r2  r3 ... r99 [ c1  c2 ] r100 r101
//!             |----- purged -----|
//! ```
//!
//! A checkpoint changes nothing. It says again what the records before it amount to, so it may be appended at any moment
//! between two steps, and once it is synced the records before it may go. Who purges does so in pieces, and may be
//! interrupted: what is left of the records then makes no sense before the checkpoint, and is passed over. Where they are
//! all there, they must amount to what the checkpoint says.

use crate::node::Node;
use crate::{Base, EntryId, HardState, Lineage, Log, Record, RecoverError, Recovery, Store, Tail};

/// What the records so far begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Beginning {
    /// The first record that there ever was, or a whole checkpoint.
    #[default]
    There,
    /// Nothing yet: the first ones are purged.
    Purged,
    /// A checkpoint that is being read.
    Checkpoint,
}

impl<L: Log, S: Store> Node<L, S> {
    /// The records that say again what all records so far amount to, with at most about `bytes_max` bytes of entries each.
    /// The caller has seen to it that the store's own disk has what the log has compacted, and what is in quarantine.
    ///
    /// `None` while a leader's state waits for the disk: the record that holds it must be kept.
    pub fn checkpoint(&self, bytes_max: usize) -> Option<Vec<Record>> {
        if self.staged.is_some() {
            return None;
        }
        let mut after = self.log.compacted().index;
        let mut records = vec![Record {
            hard: Some(self.hard),
            base: Some(Base::Compacted(self.log.lineage(after))),
            tail: None,
        }];
        while after < self.log.last().index {
            let entries = self.log.entries_after(after, usize::MAX, bytes_max);
            let tail = Tail {
                after,
                entries: entries.into(),
            };
            after = tail.last();
            records.push(Record {
                tail: Some(tail),
                ..Record::default()
            });
        }
        Some(records)
    }
}

impl<L: Log> Recovery<L> {
    /// Begins with an empty log, where older records were purged; `quarantine` as in [`Limits`](crate::Limits).
    pub fn after_purge(log: L, quarantine: bool) -> Recovery<L> {
        Recovery {
            beginning: Beginning::Purged,
            ..Recovery::new(log, quarantine)
        }
    }

    /// Takes the next record of a checkpoint, which [`Node::checkpoint`] has made.
    pub fn push_checkpoint(&mut self, record: Record) -> Result<(), RecoverError> {
        match (record, self.beginning) {
            (
                Record {
                    hard: Some(hard),
                    base: Some(Base::Compacted(lineage)),
                    tail: None,
                },
                beginning,
            ) => {
                if beginning == Beginning::Purged {
                    self.beginning = Beginning::Checkpoint;
                    return self.begin(hard, lineage);
                }
                self.beginning = Beginning::There;
                self.says_again(hard, &lineage)
            }
            // The end of a checkpoint of which the beginning is purged.
            (_, Beginning::Purged) => Ok(()),
            (record, Beginning::Checkpoint) => self.push(record),
            (record, Beginning::There) => {
                let entries = record.tail.iter().flat_map(|tail| tail.entries.iter());
                let missing = |id: EntryId| RecoverError::OtherCheckpoint { at: id };
                let other = entries
                    .map(|entry| (entry, self.log.entry(entry.id.index)))
                    .find(|(entry, own)| *own != Some(entry));
                other.map_or(Ok(()), |(entry, _)| Err(missing(entry.id)))
            }
        }
    }

    fn begin(&mut self, hard: HardState, lineage: Lineage) -> Result<(), RecoverError> {
        let (last, compacted) = (EntryId::ZERO, lineage.last());
        if !lineage.is_sound() {
            return Err(RecoverError::BrokenBase { last, compacted });
        }
        if compacted.epoch > hard.epoch {
            return Err(RecoverError::EpochOrder(hard));
        }
        self.hard = hard;
        self.log.rebase(lineage);
        Ok(())
    }

    fn says_again(&self, hard: HardState, lineage: &Lineage) -> Result<(), RecoverError> {
        let compacted = self.log.compacted();
        let same = (hard.epoch, hard.vote) == (self.hard.epoch, self.hard.vote);
        if same && *lineage == self.log.lineage(compacted.index) {
            Ok(())
        } else {
            Err(RecoverError::OtherCheckpoint { at: lineage.last() })
        }
    }
}
