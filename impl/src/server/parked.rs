//! Requests that wait for this replica: session reads until it has caught up, and questions about a write's level until that
//! is reached.
//!
//! The protocol answers `NotCaughtUp` or `NotYet`, and knows no time. So the owner keeps such a request, with a deadline,
//! and presents it again when the partition may have got there; what the protocol says then is the answer. Which ones
//! to present is only a guess that saves work: the decision stays with the protocol.

use katakv_core::{AckLevel, EntryId, Epoch, Index, PARTITIONS, Partition, Request, RequestBody, RequestId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// A request that may wait, and how long.
#[derive(Clone, Debug)]
pub(super) struct Patient {
    partition: Partition,
    body: RequestBody,
    waits_for: (For, Index),
    until: Instant,
}

/// What it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum For {
    Applied,
    Level(AckLevel),
}

impl Patient {
    /// `None` if the request is none of those that wait.
    pub(super) fn new(partition: Partition, body: &RequestBody, until: Instant) -> Option<Patient> {
        let waits_for = match body {
            RequestBody::Read { seen, .. } | RequestBody::Scan { seen, .. } => (For::Applied, seen.index),
            RequestBody::Await { at, level } => (For::Level(*level), at.index),
            _ => return None,
        };
        Some(Patient {
            partition,
            body: body.clone(),
            waits_for,
            until,
        })
    }

    pub(super) fn partition(&self) -> Partition {
        self.partition
    }

    /// The request that presents it.
    pub(super) fn request(&self, id: RequestId) -> Request {
        let body = self.body.clone();
        Request { id, body }
    }
}

/// The requests that wait.
#[derive(Debug, Default)]
pub(super) struct Parked {
    requests: BTreeMap<RequestId, Patient>,
    deadlines: BTreeSet<(Instant, RequestId)>,
    /// By partition, then by what they wait for, and the index.
    waiting: BTreeSet<(Partition, For, Index, RequestId)>,
    /// The epoch that each partition had applied when it was last looked at.
    epochs: [Epoch; PARTITIONS as usize],
}

impl Parked {
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    pub(super) fn insert(&mut self, id: RequestId, request: Patient) {
        let (what, index) = request.waits_for;
        self.deadlines.insert((request.until, id));
        self.waiting.insert((request.partition, what, index, id));
        self.requests.insert(id, request);
    }

    /// When the next one's time is up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(until, _)| *until)
    }

    /// Takes one whose time is up.
    pub(super) fn pop_overdue(&mut self, now: Instant) -> Option<(RequestId, Patient)> {
        let (_, id) = *self.deadlines.first().filter(|(until, _)| *until <= now)?;
        Some((id, self.remove(id)))
    }

    /// Takes those for which the partition may have an answer, having applied `applied`, and having reached each level up to
    /// what `reached` says; `None` if it does not lead, and says so to whoever asks.
    pub(super) fn take_ready(
        &mut self,
        partition: Partition,
        applied: EntryId,
        reached: impl Fn(AckLevel) -> Option<Index>,
    ) -> Vec<(RequestId, Patient)> {
        const ALL: Index = Index(u64::MAX);
        let epoch = &mut self.epochs[usize::from(partition.0)];
        // Another epoch may say that what they wait for is lost.
        let same = *epoch == applied.epoch || sabotaged!("parked-through-an-epoch");
        *epoch = applied.epoch;
        let to = |what: For| match what {
            _ if !same => ALL,
            For::Applied => applied.index,
            For::Level(level) => reached(level).unwrap_or(ALL),
        };
        let levels = [AckLevel::Leader, AckLevel::Quorum, AckLevel::All].map(For::Level);
        let mut ready: Vec<RequestId> = Vec::new();
        for what in [For::Applied].into_iter().chain(levels) {
            let first = (partition, what, Index::ZERO, RequestId(0));
            let range = first..=(partition, what, to(what), RequestId(u64::MAX));
            ready.extend(self.waiting.range(range).map(|(_, _, _, id)| *id));
        }
        ready.into_iter().map(|id| (id, self.remove(id))).collect()
    }

    fn remove(&mut self, id: RequestId) -> Patient {
        let request = self
            .requests
            .remove(&id)
            .expect("who is in an index is among the requests");
        let (what, index) = request.waits_for;
        self.deadlines.remove(&(request.until, id));
        self.waiting.remove(&(request.partition, what, index, id));
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn id(epoch: u64, index: u64) -> EntryId {
        EntryId::new(Epoch(epoch), Index(index))
    }

    fn ids(requests: Vec<(RequestId, Patient)>) -> Vec<u64> {
        requests.into_iter().map(|(id, _)| id.0).collect()
    }

    fn patient(partition: u8, body: &RequestBody, now: Instant, millis: u64) -> Patient {
        let until = now + Duration::from_millis(millis);
        Patient::new(Partition(partition), body, until).unwrap()
    }

    /// It does not lead.
    fn follower(_: AckLevel) -> Option<Index> {
        None
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
            let key = "k".into();
            let body = RequestBody::Read { key, seen };
            parked.insert(RequestId(number), patient(partition, &body, now, millis));
        }
        parked.take_ready(Partition(9), id(1, 9), follower);
        assert_eq!(parked.len(), 4, "another partition has nothing to do with them");
        parked.epochs = [Epoch(1); PARTITIONS as usize];
        assert!(parked.take_ready(Partition(2), id(1, 4), follower).is_empty());
        assert_eq!(ids(parked.take_ready(Partition(2), id(1, 5), follower)), [1]);
        assert_eq!(parked.next_deadline(), Some(now + Duration::from_millis(10)));
        assert!(parked.pop_overdue(now).is_none());
        let overdue = parked.pop_overdue(now + Duration::from_millis(10));
        assert_eq!(overdue.map(|(id, _)| id.0), Some(3));
        assert_eq!(ids(parked.take_ready(Partition(2), id(2, 6), follower)), [2]);
        assert_eq!(parked.len(), 1);
    }

    #[test]
    fn a_question_about_a_level_is_presented_when_it_is_reached_or_nobody_leads_here() {
        let now = Instant::now();
        let mut parked = Parked {
            epochs: [Epoch(1); PARTITIONS as usize],
            ..Parked::default()
        };
        for (number, level) in [(1, AckLevel::Quorum), (2, AckLevel::All)] {
            let body = RequestBody::Await { at: id(1, 5), level };
            parked.insert(RequestId(number), patient(2, &body, now, 10));
        }
        let reached = |to: [u64; 3]| move |level: AckLevel| Some(Index(to[level as usize]));
        let at = id(1, 9);
        assert!(parked.take_ready(Partition(2), at, reached([9, 4, 4])).is_empty());
        assert_eq!(ids(parked.take_ready(Partition(2), at, reached([9, 5, 4]))), [1]);
        assert_eq!(ids(parked.take_ready(Partition(2), at, follower)), [2]);
    }
}
