//! What applying a log amounts to, worked out a second time and naively, from the words of the specification rather than
//! with the protocol's code: what both get wrong alike would have to be wrong in the words.

use katakv_core::{
    Bytes, Client, Clients, Entry, EntryId, Executed, MemStore, Op, Outcome, Payload, Store, Transaction,
    Versioned,
};
use std::collections::BTreeMap;

/// The state after some entries, and what became of each that had conditions.
#[derive(Default)]
pub struct Oracle {
    /// The values, and the entries that wrote them.
    pub(crate) data: BTreeMap<Bytes, (Bytes, EntryId)>,
    /// The version that stood against an entry, if one did.
    pub(crate) conflicts: BTreeMap<EntryId, Option<EntryId>>,
    /// The clients that are registered and not forgotten.
    pub(crate) clients: BTreeMap<EntryId, OfClient>,
    /// When which key goes.
    pub(crate) deadlines: BTreeMap<Bytes, u64>,
    /// The latest time that an entry has said.
    pub(crate) clock_ms: u64,
}

/// What can be said of a client.
#[derive(Default)]
pub(crate) struct OfClient {
    /// Its last entry.
    pub(crate) last: EntryId,
    /// The highest number that it has said it is done with.
    pub(crate) done: u64,
    /// Every write of it, and its entry.
    pub(crate) writes: BTreeMap<u64, EntryId>,
}

impl Oracle {
    /// Applies `entries` one after the other to nothing.
    pub(crate) fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Oracle {
        let mut oracle = Oracle::default();
        for entry in entries {
            oracle.take(entry);
        }
        oracle
    }

    /// Whether a store that has applied the same entries holds what it should.
    pub fn is_state(&self, store: &MemStore) -> bool {
        self.is_data(store.data()) && self.are_clients(store.clients()) && self.is_time(store)
    }

    pub(crate) fn is_time(&self, store: &MemStore) -> bool {
        store.clock_ms() == self.clock_ms
            && (store.deadlines().iter()).eq(self.deadlines.iter().map(|(key, at)| (key, *at)))
    }

    /// The version that stood against the entry `at`, if one did.
    pub fn conflict(&self, at: EntryId) -> Option<Option<EntryId>> {
        self.conflicts.get(&at).copied()
    }

    pub(crate) fn is_data(&self, data: &BTreeMap<Bytes, Versioned>) -> bool {
        data.len() == self.data.len()
            && data
                .iter()
                .zip(&self.data)
                .all(|((key, found), (expected, (value, version)))| {
                    (key, &found.value, &found.version) == (expected, value, version)
                })
    }

    fn are_clients(&self, clients: &Clients) -> bool {
        let remembered = |client: &Client, expected: &OfClient| {
            let asked_about = expected.writes.iter().filter(|(seq, _)| **seq > expected.done);
            let results = asked_about.map(|(seq, at)| (*seq, *at, self.conflicts.get(at)));
            client.active == expected.last.index
                && client.done == expected.done
                && results.eq(client.executed.iter().map(|(seq, Executed { at, outcome })| {
                    let against = match outcome {
                        Outcome::Done => None,
                        Outcome::Conflict { version, .. } => Some(version),
                    };
                    (*seq, *at, against)
                }))
        };
        clients.len() == self.clients.len()
            && clients
                .iter()
                .zip(&self.clients)
                .all(|((id, client), (name, expected))| id == name && remembered(client, expected))
    }

    /// Applies the next entry.
    pub fn take(&mut self, entry: &Entry) {
        match &entry.payload {
            Payload::Barrier | Payload::Joined { .. } => {}
            Payload::Op(op) => self.change(entry.id, op),
            Payload::Transaction(transaction) => self.transact(entry.id, transaction),
            Payload::Expire { time_ms, keys_max } => self.expire(*time_ms, *keys_max),
            Payload::Register { forgets } => {
                self.clients.retain(|client, _| Some(*client) != *forgets);
                let last = entry.id;
                let new = OfClient {
                    last,
                    ..OfClient::default()
                };
                self.clients.insert(last, new);
            }
            Payload::Once(once) => {
                self.transact(entry.id, &once.transaction);
                if let Some(client) = self.clients.get_mut(&once.origin.client) {
                    client.last = entry.id;
                    client.done = client.done.max(once.origin.done);
                    client.writes.insert(once.origin.seq, entry.id);
                }
            }
        }
    }

    /// One key at a time: of those that are due, the first of those that are due the longest.
    fn expire(&mut self, time_ms: u64, keys_max: u32) {
        self.clock_ms = self.clock_ms.max(time_ms);
        for _ in 0..keys_max {
            let next = self.deadlines.iter().map(|(key, at)| (*at, key.clone())).min();
            match next {
                Some((at, key)) if at <= time_ms => {
                    self.data.remove(&key);
                    self.deadlines.remove(&key);
                }
                _ => return,
            }
        }
    }

    fn transact(&mut self, id: EntryId, transaction: &Transaction) {
        // It is that late, whatever else comes of it.
        transaction.ops.iter().for_each(|op| self.hear_of(op));
        for condition in &transaction.conditions {
            let found = self.data.get(&condition.key).map(|(_, version)| *version);
            if found != condition.version {
                self.conflicts.insert(id, found);
                return;
            }
        }
        for op in &transaction.ops {
            self.change(id, op);
        }
    }

    fn change(&mut self, version: EntryId, op: &Op) {
        self.hear_of(op);
        self.deadlines.remove(op.key());
        match op {
            Op::Put { key, value } => {
                self.data.insert(key.clone(), (value.clone(), version));
            }
            Op::PutFor {
                key,
                value,
                ttl_ms,
                since_ms,
            } => {
                self.data.insert(key.clone(), (value.clone(), version));
                self.deadlines
                    .insert(key.clone(), since_ms.saturating_add(*ttl_ms));
            }
            Op::Delete { key } => {
                self.data.remove(key);
            }
        }
    }

    /// It is as late as a change says.
    fn hear_of(&mut self, op: &Op) {
        if let Op::PutFor { since_ms, .. } = op {
            self.clock_ms = self.clock_ms.max(*since_ms);
        }
    }
}
