//! States as a whole, in the engine: each is a generation of its partition. They leave page by page, come in page by page, and
//! are removed page by page, since one need not fit memory.

use super::engine::Engine;
use super::error::StoreError;
use super::image::{Item, Page};
use super::layout::{
    CLIENT, CLOCK, DATA, DEADLINE, PREFIX_BYTES, clients_key, data_key, is_item, name_of, state_end,
    state_key, states_end, time_of,
};
use crate::codec;
use fjall::{Readable, Snapshot};
use katakv_core::{Bytes, Client, Clients, EntryId, Partition, State, Versioned};
use std::collections::BTreeMap;
use std::ops::Bound;

impl Engine {
    /// All that a state holds, as of `snapshot`.
    pub(super) fn dump(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
    ) -> Result<State, StoreError> {
        Ok(State {
            data: self.data(snapshot, partition, generation)?,
            clients: self.clients(snapshot, partition, generation)?,
            deadlines: self.deadlines(snapshot, partition, generation)?,
            clock_ms: self.clock_ms(snapshot, partition, generation)?,
        })
    }

    /// What a state remembers of clients, as of `snapshot`.
    pub(super) fn clients(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
    ) -> Result<Clients, StoreError> {
        let prefix = clients_key(partition, generation);
        let rows = snapshot.prefix(&self.keyspace, &prefix).map(|guard| {
            let (key, row) = guard.into_inner().map_err(self.failed("read"))?;
            let name = name_of(&key[prefix.len()..]).ok_or(StoreError::Item { bytes: key.len() })?;
            let damaged = |source| self.damaged(partition, source);
            Ok((name, codec::decode::<Client>(&row).map_err(damaged)?))
        });
        rows.collect::<Result<_, _>>().map(Clients::new)
    }

    fn data(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
    ) -> Result<BTreeMap<Bytes, Versioned>, StoreError> {
        let prefix = data_key(partition, generation, &[]);
        snapshot
            .prefix(&self.keyspace, &prefix)
            .map(|guard| {
                let (key, found) = guard.into_inner().map_err(self.failed("read"))?;
                Ok((
                    Bytes::from(&key[prefix.len()..]),
                    self.versioned(partition, &found)?,
                ))
            })
            .collect()
    }

    /// Some of a state's items, as of `snapshot`: those after the key `after`, up to the first that exceeds `bytes_max`.
    pub(super) fn page(
        &self,
        snapshot: &Snapshot,
        partition: Partition,
        generation: u64,
        after: Option<&Bytes>,
        bytes_max: usize,
    ) -> Result<Page, StoreError> {
        let prefix = state_key(partition, generation);
        // The prefix itself is no key.
        let after = [&prefix[..], after.map_or(&[][..], |key| key)].concat();
        let range = (
            Bound::Excluded(after),
            Bound::Excluded(state_end(partition, generation)),
        );
        let mut page = Page {
            items: Vec::new(),
            is_last: false,
        };
        let mut bytes = 0;
        for guard in snapshot.range(&self.keyspace, range) {
            let (key, found) = guard.into_inner().map_err(self.failed("read"))?;
            bytes += key.len() + found.len();
            let key = Bytes::from(&key[prefix.len()..]);
            page.items.push((key, Bytes::from(&found[..])));
            if bytes > bytes_max {
                return Ok(page);
            }
        }
        page.is_last = true;
        Ok(page)
    }

    /// Adds items to a state that is coming in. Not synced.
    pub(super) fn stage(
        &self,
        partition: Partition,
        generation: u64,
        items: &[Item],
    ) -> Result<(), StoreError> {
        let prefix = state_key(partition, generation);
        let mut batch = self.database.batch();
        for (key, found) in items {
            if !is_item(key, found) {
                return Err(StoreError::Item {
                    bytes: key.len() + found.len(),
                });
            }
            batch.insert(&self.keyspace, [&prefix[..], key].concat(), &found[..]);
        }
        batch.commit().map_err(self.failed("commit a batch"))
    }

    /// The generations that a partition has data of.
    pub(super) fn generations(&self, partition: Partition) -> Result<Vec<u64>, StoreError> {
        let mut generations = Vec::new();
        let mut from = state_key(partition, 0);
        loop {
            let range = (Bound::Included(from), Bound::Excluded(states_end(partition)));
            let Some(guard) = self.keyspace.range(range).next() else {
                return Ok(generations);
            };
            let key = guard.key().map_err(self.failed("read"))?;
            let Some((generation, _)) = key[PREFIX_BYTES..].split_first_chunk() else {
                return Ok(generations);
            };
            let generation = u64::from_be_bytes(*generation);
            generations.push(generation);
            from = state_end(partition, generation);
        }
    }

    /// Removes up to `count` keys of a state, those after `after`; returns the last of them, if there was any.
    pub(super) fn remove_page(
        &self,
        partition: Partition,
        generation: u64,
        after: &[u8],
        count: usize,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let from = if after.is_empty() {
            state_key(partition, generation)
        } else {
            after.to_vec()
        };
        let range = (
            Bound::Excluded(from),
            Bound::Excluded(state_end(partition, generation)),
        );
        let mut batch = self.database.batch();
        let mut last = None;
        for guard in self.keyspace.range(range).take(count) {
            let key = guard.key().map_err(self.failed("read"))?;
            last = Some(key.to_vec());
            batch.remove(&self.keyspace, key);
        }
        if last.is_some() {
            batch.commit().map_err(self.failed("commit a batch"))?;
        }
        Ok(last)
    }

    /// The version of an item of a state, if it has one.
    pub(super) fn version(
        &self,
        partition: Partition,
        key: &[u8],
        found: &[u8],
    ) -> Result<Option<EntryId>, StoreError> {
        match key.split_first() {
            Some((&DATA, _)) => Ok(Some(self.versioned(partition, found)?.version)),
            // A client is called as the entry that has registered it.
            Some((&CLIENT, name)) if let Some(name) = name_of(name) => Ok(Some(name)),
            Some((&(DEADLINE | CLOCK), _)) if time_of(found).is_some() => Ok(None),
            _ => Err(StoreError::Item {
                bytes: key.len() + found.len(),
            }),
        }
    }
}
