//! What stands for a log's beginning once its entries are gone: the state that they led to, and who had owned them.

use crate::{Bytes, EntryId, Lineage, Versioned};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All that a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct State {
    /// Keys, values and versions.
    pub data: BTreeMap<Bytes, Versioned>,
}

impl State {
    /// A bound on its encoded size: keys and values, and room for versions and lengths.
    pub fn bytes(&self) -> usize {
        const OVERHEAD: usize = 40;
        let of = |(key, found): (&Bytes, &Versioned)| OVERHEAD + key.len() + found.value.len();
        self.data.iter().map(of).sum()
    }
}

/// The state after an entry, with the lineage of the log up to it (Raft §7). The lineage travels along because the
/// receiver must answer sessions that have seen an entry before it just as if it had the entries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which epoch owns which index, up to the last entry.
    pub lineage: Lineage,
    /// What applying the entries up to there leads to.
    pub state: State,
}

impl Snapshot {
    /// The last entry that it stands for.
    pub fn last(&self) -> EntryId {
        self.lineage.last()
    }

    /// A bound on its encoded size.
    pub fn bytes(&self) -> usize {
        const RUN: usize = 20;
        RUN * self.lineage.runs() + self.state.bytes()
    }
}
