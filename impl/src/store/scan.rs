//! A page of a scan: what the engine has, and over it what was applied since.
//!
//! What lies over the engine is taken in steps, so that many changes of keys that begin alike, removals among them, take no more memory than a
//! page. Between two steps, and between the two looks of one, a change can only move into the engine, as in `get`: nobody applies
//! meanwhile.

use super::engine::Engine;
use super::error::StoreError;
use super::overlay::{Change, Overlays};
use katakv_core::{Bytes, Partition, Scan, ScanPage, Versioned};
use std::iter::Peekable;
use std::ops::Bound;

/// How many changes are taken at a time.
const STEP: usize = 256;

/// The page that `scan` gets of a partition.
pub(super) fn page(
    engine: &Engine,
    overlays: &Overlays,
    (partition, generation): (Partition, u64),
    scan: &Scan,
) -> Result<ScanPage, StoreError> {
    page_in_steps(engine, overlays, (partition, generation), scan, STEP)
}

pub(super) fn page_in_steps(
    engine: &Engine,
    overlays: &Overlays,
    (partition, generation): (Partition, u64),
    scan: &Scan,
    step: usize,
) -> Result<ScanPage, StoreError> {
    let mut failure = None;
    let mut from = Some(match &scan.after {
        Some(after) => Bound::Excluded(after.clone()),
        None => Bound::Included(scan.prefix.clone()),
    });
    let steps = std::iter::from_fn(|| {
        let begin = from.take()?;
        let (changes, horizon) = overlays.changes(partition, &scan.prefix, &begin, step);
        let keys = engine.keys(partition, generation, &scan.prefix, begin);
        let end = horizon.clone();
        let keys = keys.take_while(move |row| match (row, &end) {
            (Ok((key, _)), Some(end)) => key < end,
            _ => true,
        });
        from = horizon.map(Bound::Included);
        Some(Merged {
            changes: changes.into_iter().peekable(),
            keys: keys.peekable(),
        })
    });
    let found = steps
        .flatten()
        .map_while(|found| found.map_err(|error| failure = Some(error)).ok());
    let page = ScanPage::of(scan, found);
    failure.map_or(Ok(page), Err)
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

    /// While changes move into the engine, however few are taken at a time, each page is the one that a store in memory gives.
    #[test]
    fn a_page_is_that_of_a_store_in_memory_wherever_the_changes_are() {
        let home = tempfile::tempdir().unwrap();
        let (stores, mut partitions) = Stores::open(&home.path().join("store"), Identity([7; 16])).unwrap();
        let (mut memory, mut random) = (MemStore::default(), StdRng::seed_from_u64(3));
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
            assert_eq!(partitions[4].scan(&scan), expected, "{scan:?}");
            let step = random.random_range(1..4);
            let of = (Partition(4), 0);
            let page = page_in_steps(&stores.engine, &stores.overlays, of, &scan, step).unwrap();
            assert_eq!(page, expected, "{scan:?}, {step} changes at a time");
        }
    }
}
