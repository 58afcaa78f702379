//! When which key goes, and what time the log says that it is, in the engine: rows of a state like the others, so that they move,
//! are sent, backed up and removed together with it.

use super::engine::Engine;
use super::error::StoreError;
use super::layout::{clock_key, deadlines_key, time_of};
use fjall::{Readable, Snapshot};
use katakv_core::{Bytes, Deadlines, Partition};

impl Engine {
    /// When which key of a state goes, as of `snapshot`.
    pub(super) fn deadlines(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
    ) -> Result<Deadlines, StoreError> {
        let prefix = deadlines_key(partition, generation);
        let rows = snapshot.prefix(&self.keyspace, &prefix).map(|guard| {
            let (key, row) = guard.into_inner().map_err(self.failed("read"))?;
            let deadline = time_of(&row).ok_or(StoreError::Item { bytes: row.len() })?;
            Ok((Bytes::from(&key[prefix.len()..]), deadline))
        });
        rows.collect()
    }

    /// What the clock of a state shows, as of `snapshot`.
    pub(super) fn clock_ms(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
    ) -> Result<u64, StoreError> {
        let found = snapshot.get(&self.keyspace, clock_key(partition, generation));
        let Some(row) = found.map_err(self.failed("read"))? else {
            return Ok(0);
        };
        time_of(&row).ok_or(StoreError::Item { bytes: row.len() })
    }
}

#[cfg(test)]
mod tests {
    use crate::store::{PartitionStore, Stores};
    use crate::wal::Identity;
    use katakv_core::{Bytes, EntryId, Epoch, Image, Index, MemStore, Op, Partition, Store};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use std::path::Path;

    const P: usize = 3;

    fn open(dir: &Path) -> (Stores, Vec<PartitionStore>) {
        Stores::open(&dir.join("store"), Identity([7; 16])).unwrap()
    }

    fn id(index: u64) -> EntryId {
        EntryId::new(Epoch(1), Index(index))
    }

    fn any_op(random: &mut StdRng) -> Op {
        let key: Bytes = random.random_range(0..12).to_string().as_str().into();
        let value = "v".into();
        match random.random_range(0..4) {
            0 => Op::Delete { key },
            1 => Op::Put { key, value },
            _ => Op::PutFor {
                key,
                value,
                ttl_ms: random.random_range(0..9),
                since_ms: random.random_range(0..9),
            },
        }
    }

    fn assert_same(store: &PartitionStore, memory: &MemStore) {
        assert_eq!(store.clock_ms(), memory.clock_ms());
        assert_eq!(store.first_deadline_ms(), memory.first_deadline_ms());
        for time_ms in [0, 5, 20] {
            assert_eq!(store.due(time_ms, 4), memory.due(time_ms, 4));
        }
    }

    /// At once, after a restart, and in another store that takes the state in.
    #[test]
    fn a_store_knows_of_time_what_one_in_memory_knows() {
        let (giver, taker) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mut memory, mut random) = (MemStore::default(), StdRng::seed_from_u64(5));
        let (mut stores, mut partitions) = open(giver.path());
        for index in 1..=400 {
            let ops = [any_op(&mut random), any_op(&mut random)];
            let clock_ms = memory.clock_ms() + random.random_range(0..2);
            for store in &mut partitions[P..=P + 1] {
                store.apply(id(index), &ops, None, clock_ms);
            }
            memory.apply(id(index), &ops, None, clock_ms);
            assert_same(&partitions[P], &memory);
            if random.random_ratio(1, 50) {
                drop((stores, partitions));
                (stores, partitions) = open(giver.path());
                assert_same(&partitions[P], &memory);
            }
        }
        stores.settle().unwrap();
        let partition = Partition(P as u8);
        let image = stores.image(partition).unwrap();
        assert_eq!(&image.dump().unwrap(), memory.contents());
        assert_eq!(image.check(|_| true).unwrap().foreign, 0);

        let (others, mut taking) = open(taker.path());
        let name = others.staging().begin();
        let items = image.page(None, usize::MAX).unwrap().items;
        others.staging().put(partition, name, &items).unwrap();
        taking[P].install(memory.applied(), &Image::Named(name));
        assert_same(&taking[P], &memory);
    }
}
