//! What an entry changes beside keys and values, on its way into the engine.

use katakv_core::{Bytes, Client, EntryId};
use std::collections::BTreeMap;

/// What a change weighs beside its key and value.
pub(super) const CHANGE_OVERHEAD_BYTES: usize = 128;

/// What has changed beside keys and values. Nobody reads it here: a store has all of it in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// What is remembered of clients; `None` of one that was forgotten.
    pub(super) clients: BTreeMap<EntryId, Option<Client>>,
    /// When which key goes, in milliseconds since the Unix epoch; `None` of one that time does not end any more.
    pub(super) deadlines: BTreeMap<Bytes, Option<u64>>,
    /// What the partition's clock shows, if that has changed.
    pub(super) clock_ms: Option<u64>,
}

impl Rows {
    /// What they weigh.
    pub(super) fn bytes(&self) -> usize {
        let of_client = |row: &Option<Client>| 1 + row.as_ref().map_or(0, |row| row.executed.len());
        let clients = self.clients.values().map(of_client).sum::<usize>();
        let keys = self.deadlines.keys().map(|key| key.len()).sum::<usize>();
        CHANGE_OVERHEAD_BYTES * (clients + self.deadlines.len()) + keys
    }

    /// The newer ones take the place of those that there are.
    pub(super) fn extend(&mut self, newer: Rows) {
        self.clients.extend(newer.clients);
        self.deadlines.extend(newer.deadlines);
        self.clock_ms = newer.clock_ms.or(self.clock_ms);
    }
}
