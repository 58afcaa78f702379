//! The log of a replica in production: every entry in memory that is not compacted, and the lineage of all beside them.
//!
//! It promises what [`Log`] asks for, and agrees with `MemLog` after any sequence of changes (the test compares
//! them). The name says where its content comes back from after a restart; nothing here touches the disk. Memory
//! grows with the log, less what is compacted.
//!
//! It has neither `Clone` nor `Eq` nor `Hash`, so that nobody copies or compares a whole log by accident.

use katakv_core::{Entry, EntryId, Epoch, Index, Lineage, Log, bounded};

/// The entries of one partition that are not compacted.
#[derive(Debug, Default)]
pub struct WalLog {
    entries: Vec<Entry>,
    /// Answers "which epoch owns this index" in the number of leaderships, not of entries.
    lineage: Lineage,
    compacted: EntryId,
}

impl WalLog {
    /// How many of the entries stand before the one that follows `after`; none at all if that is compacted.
    fn place(&self, after: Index) -> Option<usize> {
        let place = after.0.checked_sub(self.compacted.index.0)?;
        // An index beyond the address space is beyond the end of any log.
        Some(usize::try_from(place).unwrap_or(usize::MAX))
    }
}

impl WalLog {
    /// The last entry that can go if about `bytes` of entries are to stay, for followers that are a little behind.
    pub fn last_but(&self, bytes: usize) -> Index {
        let mut left = bytes;
        let kept = self.entries.iter().rev().take_while(|entry| {
            let fits = entry.bytes() <= left;
            left = left.saturating_sub(entry.bytes());
            fits
        });
        Index(self.lineage.last().index.0 - kept.count() as u64)
    }
}

impl Log for WalLog {
    fn last(&self) -> EntryId {
        self.lineage.last()
    }

    fn epoch_at(&self, index: Index) -> Option<Epoch> {
        self.lineage.epoch_at(index)
    }

    fn last_of_epoch(&self, epoch: Epoch) -> Option<Index> {
        self.lineage.last_of_epoch(epoch)
    }

    fn compacted(&self) -> EntryId {
        self.compacted
    }

    fn lineage(&self, to: Index) -> Lineage {
        self.lineage.up_to(to)
    }

    fn entry(&self, index: Index) -> Option<&Entry> {
        self.entries.get(self.place(index)?.checked_sub(1)?)
    }

    fn entries_after(&self, after: Index, count_max: usize, bytes_max: usize) -> Vec<Entry> {
        let rest = self.place(after).and_then(|place| self.entries.get(place..));
        let rest = rest.unwrap_or_default();
        bounded(rest.iter(), count_max, bytes_max)
    }

    fn append(&mut self, entry: Entry) {
        self.lineage.append(entry.id);
        self.entries.push(entry);
    }

    fn truncate_after(&mut self, after: Index) {
        let kept = self.place(after).expect("what is compacted is not truncated");
        if !sabotaged!("lineage-not-truncated") {
            self.lineage.truncate_after(after);
        }
        self.entries.truncate(kept);
    }

    fn rebase(&mut self, base: Lineage) {
        let last = base.last();
        match self.place(last.index) {
            Some(dropped) if self.lineage.epoch_at(last.index) == Some(last.epoch) => {
                self.entries.drain(..dropped);
            }
            _ => self.entries.clear(),
        }
        // Who asks for memory back does not want to keep the room.
        self.entries.shrink_to(2 * self.entries.len());
        self.lineage = base;
        self.compacted = last;
        for entry in &self.entries {
            self.lineage.append(entry.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::{MemLog, Op, Payload};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn assert_same(log: &WalLog, model: &MemLog, random: &mut StdRng) {
        assert_eq!(log.last(), model.last());
        assert_eq!(log.compacted(), model.compacted());
        let compacted = model.compacted().index;
        assert_eq!(log.lineage(compacted), model.lineage(compacted));
        let end = model.last().index.0 + 2;
        for index in (0..end).map(Index).chain([Index(u64::MAX)]) {
            assert_eq!(log.epoch_at(index), model.epoch_at(index), "{index}");
            assert_eq!(log.entry(index), model.entry(index), "{index}");
            let (count, bytes) = (random.random_range(0..5), random.random_range(0..400));
            assert_eq!(
                log.entries_after(index, count, bytes),
                model.entries_after(index, count, bytes)
            );
        }
        for epoch in (0..model.last().epoch.0 + 2).map(Epoch) {
            assert_eq!(log.last_of_epoch(epoch), model.last_of_epoch(epoch), "{epoch}");
        }
    }

    #[test]
    fn as_many_entries_stay_as_fit() {
        let mut log = WalLog::default();
        let entry = |index| Entry {
            id: EntryId::new(Epoch(1), Index(index)),
            payload: Payload::Barrier,
        };
        (1..=9).for_each(|index| log.append(entry(index)));
        let bytes = entry(1).bytes();
        for (room, last) in [
            (0, 9),
            (bytes - 1, 9),
            (bytes, 8),
            (3 * bytes + 1, 6),
            (99 * bytes, 0),
        ] {
            assert_eq!(log.last_but(room), Index(last), "{room} bytes");
        }
        log.rebase(log.lineage(Index(4)));
        assert_eq!(log.last_but(99 * bytes), Index(4));
    }

    #[test]
    fn it_agrees_with_the_checkers_log_after_any_appends_truncations_and_compactions() {
        for seed in 0..20 {
            let mut random = StdRng::seed_from_u64(seed);
            let (mut log, mut model) = (WalLog::default(), MemLog::default());
            for _ in 0..100 {
                let (last, compacted) = (model.last(), model.compacted().index.0);
                if random.random_ratio(1, 20) {
                    // Sometimes of a leader's log that goes on beyond this one.
                    let mut base = model.lineage(Index(random.random_range(compacted..=last.index.0)));
                    if random.random_ratio(1, 3) {
                        let epoch = Epoch(base.last().epoch.0 + 1);
                        base.append(EntryId::new(epoch, base.last().index.next()));
                    }
                    log.rebase(base.clone());
                    model.rebase(base);
                } else if random.random_ratio(1, 6) {
                    let after = Index(random.random_range(compacted..=last.index.0 + 1));
                    log.truncate_after(after);
                    model.truncate_after(after);
                } else {
                    let epoch = Epoch(last.epoch.0.max(1) + u64::from(random.random_ratio(1, 4)));
                    let key = vec![b'k'; random.random_range(0..100)].into();
                    let entry = Entry {
                        id: EntryId::new(epoch, last.index.next()),
                        payload: Payload::Op(Op::Delete { key }),
                    };
                    log.append(entry.clone());
                    model.append(entry);
                }
                assert_same(&log, &model, &mut random);
            }
        }
    }
}
