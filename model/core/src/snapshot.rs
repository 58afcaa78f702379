//! What stands for a log's beginning once its entries are gone: the state that they led to, and who had owned them.

use crate::{Bytes, Clients, Deadlines, EntryId, Lineage, Versioned};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// All that a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct State {
    /// Keys, values and versions.
    pub data: BTreeMap<Bytes, Versioned>,
    /// What is remembered of clients. It belongs to the data: without it, what a write has changed would be there, and that
    /// it was carried out would be forgotten.
    pub clients: Clients,
    /// When which key goes. It belongs to the data, too: without it, a key would be there for good.
    pub deadlines: Deadlines,
    /// What the partition's clock shows, in milliseconds since the Unix epoch.
    pub clock_ms: u64,
}

impl State {
    /// A bound on its encoded size: keys and values, and room for versions and lengths.
    pub fn bytes(&self) -> usize {
        const OVERHEAD: usize = 40;
        let of = |(key, found): (&Bytes, &Versioned)| OVERHEAD + key.len() + found.value.len();
        self.data.iter().map(of).sum::<usize>() + self.clients.bytes() + self.deadlines.bytes()
    }
}

/// A state as one replica gives it to another's store.
///
/// A state may be larger than a message, and than memory. To the protocol it does not matter how its bytes travel: a
/// state arrives whole or not at all. So where bytes matter, the caller moves them beforehand, from one store's disk to the
/// other's, and here there is only the name by which the store finds them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Image {
    /// The state itself.
    Whole(State),
    /// The name that the store at hand has for a state. It means nothing to any other store.
    Named(u64),
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Image::Whole(state) => write!(f, "{} keys", state.data.len()),
            Image::Named(name) => write!(f, "state {name}"),
        }
    }
}

/// The state after an entry, with the lineage of the log up to it (Raft §7). The lineage travels along because the
/// receiver must answer sessions that have seen an entry before it just as if it had the entries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which epoch owns which index, up to the last entry.
    pub lineage: Lineage,
    /// What applying the entries up to there leads to.
    pub state: Image,
}

impl Snapshot {
    /// The last entry that it stands for.
    pub fn last(&self) -> EntryId {
        self.lineage.last()
    }

    /// A bound on its encoded size.
    pub fn bytes(&self) -> usize {
        const RUN: usize = 20;
        let state = match &self.state {
            Image::Whole(state) => state.bytes(),
            Image::Named(_) => RUN,
        };
        RUN * self.lineage.runs() + state
    }
}
