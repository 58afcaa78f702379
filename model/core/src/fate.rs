//! What became of a write: committed, truncated, or not known here.
//!
//! Who was told that an outcome is unknown, or that a session is LOST, can ask any replica about the very entry. Like
//! the decision about a session read it is a pure function of one replica's state, and rests on the same argument: the
//! committed log never changes, and epochs never decrease along it.

use crate::session::owner_of_place;
use crate::{Branch, EntryId, Log, Rules};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What became of an entry. The first two are final: no replica will ever say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Fate {
    /// It is in the committed log, and in every later leader.
    Committed,
    /// Another epoch owns its place in the committed log: a failover truncated it, or it never was. It will never be
    /// committed.
    Truncated,
    /// Not decided yet, or not known to this replica. Ask another one, or later.
    Unknown,
}

/// Decides about the entry `at`, at a replica with `log` that has applied `applied`.
pub fn fate<R, L>(rules: &R, log: &L, applied: EntryId, at: EntryId) -> Fate
where
    R: Rules + ?Sized,
    L: Log,
{
    let last = log.last();
    let owner = |known: EntryId| owner_of_place(log, known, known.index >= at.index, at);
    if owner(rules.fate_committed_to(applied, last)) == Some(at.epoch) {
        rules.took(Branch::FateCommitted);
        return Fate::Committed;
    }
    match owner(rules.fate_truncated_to(applied, last)) {
        Some(owner) if rules.takes_the_place(owner, at.epoch) => {
            rules.took(Branch::FateTruncated);
            Fate::Truncated
        }
        _ => {
            rules.took(Branch::FateUnknown);
            Fate::Unknown
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fate::Committed => "committed",
            Fate::Truncated => "truncated",
            Fate::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Epoch, Index, MemLog, Payload, Sound};

    fn id(epoch: u64, index: u64) -> EntryId {
        EntryId::new(Epoch(epoch), Index(index))
    }

    /// A log of which the entries up to `e3:3` are applied.
    fn told(at: EntryId) -> Fate {
        let mut log = MemLog::default();
        for id in [id(1, 1), id(1, 2), id(3, 3), id(3, 4)] {
            let payload = Payload::Barrier;
            log.append(Entry { id, payload });
        }
        fate(&Sound, &log, id(3, 3), at)
    }

    #[test]
    fn what_is_applied_is_committed() {
        assert_eq!(told(id(1, 2)), Fate::Committed);
        assert_eq!(told(id(3, 3)), Fate::Committed);
    }

    #[test]
    fn what_is_only_in_the_log_is_not_decided() {
        assert_eq!(told(id(3, 4)), Fate::Unknown);
        assert_eq!(told(id(4, 4)), Fate::Unknown);
    }

    #[test]
    fn a_place_that_another_epoch_owns_is_truncated_a_lower_one_too() {
        assert_eq!(told(id(1, 3)), Fate::Truncated);
        assert_eq!(told(id(2, 2)), Fate::Truncated);
    }

    #[test]
    fn a_later_epoch_before_the_place_truncates_without_waiting_for_it() {
        assert_eq!(told(id(2, 9)), Fate::Truncated);
    }
}
