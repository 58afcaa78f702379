//! Several changes as one entry: all of them or none, and only if the keys are still what the client takes them for.
//!
//! ```text
//!   client             leader              log            each replica, when it applies
//!     | if k is e1:4     |  appends it      |                 k is e1:4 ?  both changes
//!     | put k, put j --> | --------------> e1:9  -- commit --> else         none, Conflict
//! ```
//! Conditions are decided when the entry is *applied*, by every replica for itself: only then everything before it is
//! known and final. Since all apply the same entries in the same order, all decide alike. (Raft §8: the log orders,
//! the state machine decides; the form is that of the minitransactions of Sinfonia, Aguilera et al. 2007.)

use crate::{Bytes, EntryId, Op};
use serde::{Deserialize, Serialize};

/// A value, and the entry that wrote it: the key's *version*. An entry id names one entry for good, even across
/// truncations, where an index does not. A key that is not there has no version; deleting leaves none behind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Versioned {
    /// The value.
    pub value: Bytes,
    /// The entry that last changed the key.
    pub version: EntryId,
}

/// What a client takes a key for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Condition {
    /// The key.
    pub key: Bytes,
    /// Its version; `None` if it is not there.
    pub version: Option<EntryId>,
}

/// Changes that are applied together, if all conditions hold just before. All its keys are of one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Transaction {
    /// What must hold; of an empty list, everything does.
    pub conditions: Vec<Condition>,
    /// What is done then, in order. One entry, so one version for all of its keys.
    pub ops: Vec<Op>,
}

impl Transaction {
    /// Every key that it names.
    pub fn keys(&self) -> impl Iterator<Item = &Bytes> {
        let of_conditions = self.conditions.iter().map(|condition| &condition.key);
        of_conditions.chain(self.ops.iter().map(Op::key))
    }

    /// A bound on its encoded size: keys and values, and room for versions, tags and lengths.
    pub fn bytes(&self) -> usize {
        const PART_OVERHEAD: usize = 32;
        let conditions = self.conditions.iter().map(|condition| condition.key.len());
        let ops = self.ops.iter().map(Op::bytes);
        conditions.chain(ops).map(|bytes| PART_OVERHEAD + bytes).sum()
    }
}

/// What became of an entry when it was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// It has changed what it was to change.
    Done,
    /// A condition did not hold, so it has changed nothing.
    Conflict {
        /// The place of the first one that did not.
        condition: u32,
        /// The version that its key has instead.
        version: Option<EntryId>,
    },
}
