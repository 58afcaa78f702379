//! Session reads that wait for this replica to catch up.
//!
//! The protocol answers `NotCaughtUp`, and knows no time. So the owner keeps such a read, with a deadline, and
//! presents it again when the partition may have got there; what the protocol says then is the answer. Which reads
//! to present is only a guess that saves work: the decision stays with the protocol.

use katakv_core::{Bytes, EntryId, Epoch, Index, PARTITIONS, Partition, Request, RequestBody, RequestId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// A session read, and how long it may wait.
#[derive(Clone, Debug)]
pub(super) struct SessionRead {
    pub(super) partition: Partition,
    pub(super) key: Bytes,
    pub(super) seen: EntryId,
    pub(super) until: Instant,
}

impl SessionRead {
    /// The request that presents it.
    pub(super) fn request(&self, id: RequestId) -> Request {
        Request {
            id,
            body: RequestBody::Read {
                key: self.key.clone(),
                seen: self.seen,
            },
        }
    }
}

/// The reads that wait.
#[derive(Debug, Default)]
pub(super) struct Parked {
    reads: BTreeMap<RequestId, SessionRead>,
    deadlines: BTreeSet<(Instant, RequestId)>,
    /// By partition, then by the index that they wait for.
    waiting: BTreeSet<(Partition, Index, RequestId)>,
    /// The epoch that each partition had applied when it was last looked at.
    epochs: [Epoch; PARTITIONS as usize],
}

impl Parked {
    pub(super) fn len(&self) -> usize {
        self.reads.len()
    }

    pub(super) fn insert(&mut self, id: RequestId, read: SessionRead) {
        self.deadlines.insert((read.until, id));
        self.waiting.insert((read.partition, read.seen.index, id));
        self.reads.insert(id, read);
    }

    /// When the next one's time is up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(until, _)| *until)
    }

    /// Takes one whose time is up.
    pub(super) fn pop_overdue(&mut self, now: Instant) -> Option<(RequestId, SessionRead)> {
        let (_, id) = *self.deadlines.first().filter(|(until, _)| *until <= now)?;
        Some((id, self.remove(id)))
    }

    /// Takes those for which the partition, having applied `applied`, may have an answer.
    pub(super) fn take_ready(
        &mut self,
        partition: Partition,
        applied: EntryId,
    ) -> Vec<(RequestId, SessionRead)> {
        let epoch = &mut self.epochs[usize::from(partition.0)];
        // Another epoch may say that what they wait for is lost.
        let last = if *epoch == applied.epoch || sabotaged!("parked-through-an-epoch") {
            applied.index
        } else {
            Index(u64::MAX)
        };
        *epoch = applied.epoch;
        let range = (partition, Index::ZERO, RequestId(0))..=(partition, last, RequestId(u64::MAX));
        let ready: Vec<RequestId> = self.waiting.range(range).map(|(_, _, id)| *id).collect();
        ready.into_iter().map(|id| (id, self.remove(id))).collect()
    }

    fn remove(&mut self, id: RequestId) -> SessionRead {
        let read = self
            .reads
            .remove(&id)
            .expect("who is in an index is among the reads");
        self.deadlines.remove(&(read.until, id));
        self.waiting.remove(&(read.partition, read.seen.index, id));
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn id(epoch: u64, index: u64) -> EntryId {
        EntryId::new(Epoch(epoch), Index(index))
    }

    fn ids(reads: Vec<(RequestId, SessionRead)>) -> Vec<u64> {
        reads.into_iter().map(|(id, _)| id.0).collect()
    }

    #[test]
    fn a_read_is_presented_when_its_index_is_applied_or_the_epoch_changes_or_its_time_is_up() {
        let now = Instant::now();
        let mut parked = Parked::default();
        for (number, partition, seen, millis) in [
            (1, 2, id(1, 5), 30),
            (2, 2, id(1, 7), 20),
            (3, 2, id(1, 9), 10),
            (4, 3, id(1, 1), 40),
        ] {
            let read = SessionRead {
                partition: Partition(partition),
                key: "k".into(),
                seen,
                until: now + Duration::from_millis(millis),
            };
            parked.insert(RequestId(number), read);
        }
        parked.take_ready(Partition(9), id(1, 9));
        assert_eq!(parked.len(), 4, "another partition has nothing to do with them");
        parked.epochs = [Epoch(1); PARTITIONS as usize];
        assert!(parked.take_ready(Partition(2), id(1, 4)).is_empty());
        assert_eq!(ids(parked.take_ready(Partition(2), id(1, 5))), [1]);
        assert_eq!(parked.next_deadline(), Some(now + Duration::from_millis(10)));
        assert!(parked.pop_overdue(now).is_none());
        let overdue = parked.pop_overdue(now + Duration::from_millis(10));
        assert_eq!(overdue.map(|(id, _)| id.0), Some(3));
        assert_eq!(ids(parked.take_ready(Partition(2), id(2, 6))), [2]);
        assert_eq!(parked.len(), 1);
    }
}
