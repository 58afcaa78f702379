//! What the protocol asks of a log, and its lineage.

use crate::{Entry, EntryId, Epoch, Index};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A partition's log, as the protocol sees it. Changes are in memory at once; what is durable is told by
/// `Input::Synced`, never by the log.
///
/// Invariants: indexes are consecutive from 1; epochs never decrease along the log; the entries of one epoch are
/// one run. The entries up to [`Log::compacted`] are gone and their lineage is kept, so that whoever asks for an epoch
/// is answered as before.
pub trait Log {
    /// The last entry, or [`EntryId::ZERO`].
    fn last(&self) -> EntryId;

    /// The epoch that owns `index`: `Some(Epoch::ZERO)` for index 0, `None` beyond the end.
    fn epoch_at(&self, index: Index) -> Option<Epoch>;

    /// The last index that `epoch` owns, if it owns any.
    fn last_of_epoch(&self, epoch: Epoch) -> Option<Index>;

    /// The last entry that is known by its lineage alone, or [`EntryId::ZERO`].
    fn compacted(&self) -> EntryId;

    /// The lineage of the log up to `to`.
    fn lineage(&self, to: Index) -> Lineage;

    /// The entry at `index`, if there is one and it is not compacted.
    fn entry(&self, index: Index) -> Option<&Entry>;

    /// The entries after `after`: at most `count_max`, at most `bytes_max` in sum, but at least one if there is one.
    /// None, if what follows `after` is compacted.
    fn entries_after(&self, after: Index, count_max: usize, bytes_max: usize) -> Vec<Entry>;

    /// Appends the next entry. Its index follows the last one's.
    fn append(&mut self, entry: Entry);

    /// Drops every entry after `after`, which is not compacted.
    fn truncate_after(&mut self, after: Index);

    /// The log begins after the last entry of `base`, and what is before it is known by `base` alone. What follows it
    /// stays if the log has that entry (Raft §7, step 6 of InstallSnapshot); else nothing does.
    fn rebase(&mut self, base: Lineage);
}

/// The last index up to `up_to` that an epoch of at most `epoch` owns. Epochs never decrease along a log, so it is found
/// by halves: who asks may be a peer, and must not be able to ask for much work.
pub(crate) fn last_owned_by(log: &impl Log, epoch: Epoch, up_to: Index) -> Index {
    let (mut owned, mut end) = (Index::ZERO, up_to);
    while owned < end {
        let middle = Index(owned.0 + (end.0 - owned.0).div_ceil(2));
        if log.epoch_at(middle).is_some_and(|owner| owner <= epoch) {
            owned = middle;
        } else {
            end = middle.previous();
        }
    }
    owned
}

/// Which epoch owns which range of indexes. It answers what a token asks ("is the entry that I saw still
/// there?") without the entries, so it outlives them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lineage {
    runs: Vec<Run>,
}

/// `epoch` owns the indexes up to `last`, from where the run before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Run {
    epoch: Epoch,
    last: Index,
}

impl Lineage {
    /// The last entry's id, or [`EntryId::ZERO`].
    pub fn last(&self) -> EntryId {
        self.runs
            .last()
            .map_or(EntryId::ZERO, |run| EntryId::new(run.epoch, run.last))
    }

    /// As [`Log::epoch_at`].
    pub fn epoch_at(&self, index: Index) -> Option<Epoch> {
        if index == Index::ZERO {
            return Some(Epoch::ZERO);
        }
        let place = self.runs.partition_point(|run| run.last < index);
        self.runs.get(place).map(|run| run.epoch)
    }

    /// As [`Log::last_of_epoch`].
    pub fn last_of_epoch(&self, epoch: Epoch) -> Option<Index> {
        self.runs
            .binary_search_by_key(&epoch, |run| run.epoch)
            .ok()
            .map(|place| self.runs[place].last)
    }

    /// Whether it can be one: epochs and indexes grow from run to run. Bytes from outside may say anything.
    pub fn is_sound(&self) -> bool {
        let grows = |pair: &[Run]| pair[0].epoch < pair[1].epoch && pair[0].last < pair[1].last;
        let begins = |run: &Run| run.epoch > Epoch::ZERO && run.last > Index::ZERO;
        self.runs.first().is_none_or(begins) && self.runs.windows(2).all(grows)
    }

    /// How many leaderships it tells of.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// The same up to `to`.
    pub fn up_to(&self, to: Index) -> Lineage {
        let mut lineage = self.clone();
        lineage.truncate_after(to);
        lineage
    }

    /// The entry `id` joins the end.
    pub fn append(&mut self, id: EntryId) {
        let last = self.last();
        assert!(
            id.index == last.index.next() && id.epoch >= last.epoch,
            "{id} does not follow {last}"
        );
        match self.runs.last_mut() {
            Some(run) if run.epoch == id.epoch => run.last = id.index,
            _ => self.runs.push(Run {
                epoch: id.epoch,
                last: id.index,
            }),
        }
    }

    /// Every index after `after` leaves.
    pub fn truncate_after(&mut self, after: Index) {
        let kept = self.runs.partition_point(|run| run.last <= after);
        let starts_at = kept
            .checked_sub(1)
            .map_or(Index::ZERO, |place| self.runs[place].last);
        self.runs
            .truncate(kept + usize::from(kept < self.runs.len() && starts_at < after));
        if let Some(run) = self.runs.last_mut() {
            run.last = run.last.min(after);
        }
    }
}

/// `e1..2 e3..4`: epoch 1 owns the indexes up to 2, and epoch 3 those from there to 4.
impl fmt::Display for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, run) in self.runs.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{}..{}", run.epoch, run.last)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemLog, Payload};

    fn id(epoch: u64, index: u64) -> EntryId {
        EntryId::new(Epoch(epoch), Index(index))
    }

    #[test]
    fn the_last_index_of_an_epoch_or_an_earlier_one() {
        let mut log = MemLog::default();
        for id in [id(1, 1), id(1, 2), id(3, 3), id(4, 4), id(4, 5)] {
            log.append(Entry {
                id,
                payload: Payload::Barrier,
            });
        }
        for (epoch, up_to, expected) in [
            (0, 5, 0),
            (1, 5, 2),
            (2, 5, 2),
            (3, 5, 3),
            (4, 5, 5),
            (9, 4, 4),
            (1, 1, 1),
            (1, 0, 0),
        ] {
            assert_eq!(
                last_owned_by(&log, Epoch(epoch), Index(up_to)),
                Index(expected),
                "{epoch} up to {up_to}"
            );
        }
    }

    /// Lineage and log must tell the same, after every truncation of a log of three runs.
    #[test]
    fn lineage_agrees_with_the_log_after_any_truncation() {
        let ids = [id(1, 1), id(1, 2), id(3, 3), id(4, 4), id(4, 5), id(4, 6)];
        for after in 0..=7 {
            let mut lineage = Lineage::default();
            let mut log = MemLog::default();
            for id in ids {
                lineage.append(id);
                log.append(Entry {
                    id,
                    payload: Payload::Barrier,
                });
            }
            lineage.truncate_after(Index(after));
            log.truncate_after(Index(after));
            assert_eq!(lineage.last(), log.last(), "after {after}");
            for index in 0..8 {
                assert_eq!(
                    lineage.epoch_at(Index(index)),
                    log.epoch_at(Index(index)),
                    "{after} {index}"
                );
            }
            for epoch in 0..6 {
                let epoch = Epoch(epoch);
                assert_eq!(
                    lineage.last_of_epoch(epoch),
                    log.last_of_epoch(epoch),
                    "{after} {epoch}"
                );
            }
        }
    }
}
