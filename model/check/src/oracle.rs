//! What applying a log amounts to, worked out a second time and naively, from the words of the specification rather than
//! with the protocol's code: what both get wrong alike would have to be wrong in the words.

use katakv_core::{Bytes, Entry, EntryId, Op, Payload};
use std::collections::BTreeMap;

/// The state after some entries, and what became of each that had conditions.
#[derive(Default)]
pub(crate) struct Oracle {
    /// The values, and the entries that wrote them.
    pub(crate) data: BTreeMap<Bytes, (Bytes, EntryId)>,
    /// The version that stood against an entry, if one did.
    pub(crate) conflicts: BTreeMap<EntryId, Option<EntryId>>,
}

impl Oracle {
    /// Applies `entries` one after the other to nothing.
    pub(crate) fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Oracle {
        let mut oracle = Oracle::default();
        for entry in entries {
            oracle.apply(entry);
        }
        oracle
    }

    fn apply(&mut self, entry: &Entry) {
        let transaction = match &entry.payload {
            Payload::Barrier | Payload::Joined { .. } => return,
            Payload::Op(op) => return self.change(entry.id, op),
            Payload::Transaction(transaction) => transaction,
        };
        for condition in &transaction.conditions {
            let found = self.data.get(&condition.key).map(|(_, version)| *version);
            if found != condition.version {
                self.conflicts.insert(entry.id, found);
                return;
            }
        }
        for op in &transaction.ops {
            self.change(entry.id, op);
        }
    }

    fn change(&mut self, version: EntryId, op: &Op) {
        match op {
            Op::Put { key, value } => self.data.insert(key.clone(), (value.clone(), version)),
            Op::Delete { key } => self.data.remove(key),
        };
    }
}
