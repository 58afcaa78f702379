//! A page of a scan: what the engine has, and over it what was applied since.
//!
//! A page may take long. Keys that were removed a while ago the engine passes over one by one until it has tidied up, and nobody knows how many
//! they are: a page behind a million of them took a second. Whoever asks a replica for a page must not hold it up for that long. So the replica takes
//! a view of what it has applied, which costs little, and the page is read from that by somebody who can wait ([`ScanView::read`]).

use super::engine::{Engine, Position};
use super::error::StoreError;
use super::overlay::{Change, Overlays};
use fjall::Snapshot;
use katakv_core::{Bytes, PARTITIONS, Partition, Scan, ScanPage, Versioned};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard};

/// What a scan sees of a partition: all that was applied when it was taken, and nothing that was applied since. The engine keeps what has
/// changed since for as long as this is held.
#[derive(Clone)]
pub struct ScanView {
    engine: Arc<Engine>,
    overlays: Arc<Overlays>,
    partition: Partition,
    position: Position,
    scan: Scan,
    /// Of the keys that it takes, those which were not in the engine.
    changes: Arc<BTreeMap<Bytes, Change>>,
    snapshot: Snapshot,
}

impl ScanView {
    /// Of a partition that is at `position`.
    pub(super) fn take(
        engine: &Arc<Engine>,
        overlays: &Arc<Overlays>,
        (partition, position): (Partition, Position),
        scan: Scan,
    ) -> ScanView {
        // The overlay first, as in `get`: a change can only move into the engine between the two looks, and is in both then.
        let changes = overlays.changes(partition, &scan.prefix, begin(&scan));
        ScanView {
            engine: Arc::clone(engine),
            overlays: Arc::clone(overlays),
            partition,
            position,
            scan,
            changes: Arc::new(changes),
            snapshot: engine.snapshot(),
        }
    }

    /// The page. It may take a while.
    ///
    /// # Errors
    /// The engine's failure, which is known to the stores then: the node is about to end.
    pub fn read(&self) -> Result<ScanPage, Arc<StoreError>> {
        self.merged().map_err(|error| {
            self.overlays.fail(error);
            self.overlays.failure().expect("it has just been told")
        })
    }

    fn merged(&self) -> Result<ScanPage, StoreError> {
        let of = (self.partition, self.position.generation);
        let keys = self
            .engine
            .keys(&self.snapshot, of, &self.scan.prefix, begin(&self.scan));
        let changes = self.changes.iter();
        let merged = Merged {
            changes: changes
                .map(|(key, change)| (key.clone(), change.clone()))
                .peekable(),
            keys: keys.peekable(),
        };
        let mut failure = None;
        let found = merged.map_while(|found| found.map_err(|error| failure = Some(error)).ok());
        let page = ScanPage::of(&self.scan, found);
        failure.map_or(Ok(page), Err)
    }
}

/// The first key that a scan takes, if it is there.
fn begin(scan: &Scan) -> Bound<Bytes> {
    match &scan.after {
        Some(after) => Bound::Excluded(after.clone()),
        None => Bound::Included(scan.prefix.clone()),
    }
}

/// Views of the same state, for the same scan, are equal.
impl PartialEq for ScanView {
    fn eq(&self, other: &ScanView) -> bool {
        (self.partition, self.position, &self.scan) == (other.partition, other.position, &other.scan)
    }
}

impl Eq for ScanView {}

impl fmt::Debug for ScanView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ScanView {
            partition,
            position,
            scan,
            ..
        } = self;
        write!(f, "ScanView of {partition} at {position:?} for {scan:?}")
    }
}

/// Views that replicas have taken, until whoever drives them takes those: in order, partition by partition.
#[derive(Debug, Default)]
pub(super) struct Views(Mutex<[VecDeque<ScanView>; PARTITIONS as usize]>);

impl Views {
    pub(super) fn put(&self, view: ScanView) {
        let place = usize::from(view.partition.0);
        self.lock()[place].push_back(view);
    }

    pub(super) fn take(&self, partition: Partition) -> Option<ScanView> {
        self.lock()[usize::from(partition.0)].pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, [VecDeque<ScanView>; PARTITIONS as usize]> {
        self.0.lock().expect("nothing panics while it holds the views")
    }
}

/// Keys of the engine, with changes over them; both in order.
struct Merged<C: Iterator, K: Iterator> {
    changes: Peekable<C>,
    keys: Peekable<K>,
}

impl<C, K> Iterator for Merged<C, K>
where
    C: Iterator<Item = (Bytes, Change)>,
    K: Iterator<Item = Result<(Bytes, Versioned), StoreError>>,
{
    type Item = Result<(Bytes, Versioned), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((changed, _)) = self.changes.peek() else {
                return self.keys.next();
            };
            match self.keys.peek() {
                Some(Err(_)) => return self.keys.next(),
                Some(Ok((key, _))) if key < changed => return self.keys.next(),
                // What is under the change is old.
                Some(Ok((key, _))) if key == changed => drop(self.keys.next()),
                Some(Ok(_)) | None => {}
            }
            if let Some((key, Some(found))) = self.changes.next() {
                return Some(Ok((key, found)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Stores;
    use crate::wal::Identity;
    use katakv_core::{EntryId, Epoch, Index, MemStore, Op, Store};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn any_key(random: &mut StdRng) -> Bytes {
        let letter = ["", "a", "ab", "b", "\u{ff}"][random.random_range(0..5)];
        format!("{letter}{}", random.random_range(0..30)).as_str().into()
    }

    fn any_op(random: &mut StdRng) -> Op {
        let key = any_key(random);
        if random.random_ratio(1, 3) {
            return Op::Delete { key };
        }
        let value = vec![b'v'; random.random_range(0..20)].into();
        Op::Put { key, value }
    }

    fn any_scan(random: &mut StdRng) -> Scan {
        let prefix: Bytes = ["", "a", "ab", "b1", "nobody"][random.random_range(0..5)].into();
        let after = Some(any_key(random)).filter(|after| after.starts_with(&prefix));
        Scan {
            prefix,
            after,
            keys_max: random.random_range(1..20),
            bytes_max: random.random_range(0..400),
        }
    }

    /// While changes move into the engine, each page is the one that a store in memory gives; also when it is read late.
    #[test]
    fn a_page_is_that_of_a_store_in_memory_wherever_the_changes_are() {
        let home = tempfile::tempdir().unwrap();
        let (stores, mut partitions) = Stores::open(&home.path().join("store"), Identity([7; 16])).unwrap();
        let (mut memory, mut random) = (MemStore::default(), StdRng::seed_from_u64(3));
        let mut late: Option<(ScanView, ScanPage)> = None;
        for index in 1..=1500 {
            let id = EntryId::new(Epoch(1), Index(index));
            let ops = [any_op(&mut random), any_op(&mut random)];
            // The neighbours in the engine are others'.
            for partition in &mut partitions[3..=5] {
                partition.apply(id, &ops, None, 0);
            }
            memory.apply(id, &ops, None, 0);
            if random.random_ratio(1, 40) {
                stores.settle().unwrap();
            }
            let scan = any_scan(&mut random);
            let expected = memory.scan(&scan);
            partitions[4].scan(&scan);
            let view = stores.take_view(Partition(4)).unwrap();
            assert_eq!(view.read().unwrap(), expected, "{scan:?}");
            if let Some((view, expected)) = late.take_if(|_| random.random_ratio(1, 60)) {
                assert_eq!(view.read().unwrap(), expected, "{view:?}");
            }
            late.get_or_insert((view, expected));
        }
        assert_eq!(stores.take_view(Partition(4)), None);
    }
}
