//! Read your writes, or be told that they are lost.
//!
//! A session's token holds the newest entry that it has seen. A replica may answer when its *committed* log has
//! that very entry. It is a pure function of one replica's state, so the checker evaluates it for every
//! acknowledged write at every replica in every state.

use crate::{Branch, EntryId, Epoch, Index, Log, LostRange, Rules};

/// Whether a replica may answer a session's read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionRead {
    /// It has applied what the session has seen: whatever it answers includes it.
    Answer,
    /// It has not, yet.
    NotCaughtUp,
    /// Nobody ever will: another epoch owns that place in the committed log.
    Lost(LostRange),
}

/// Decides about a session that has seen `seen`, at a replica with `log` that has applied `applied`.
pub fn session_read<R, L>(rules: &R, log: &L, applied: EntryId, seen: EntryId) -> SessionRead
where
    R: Rules + ?Sized,
    L: Log,
{
    // A leader acknowledges nothing before its barrier is committed, so only a later epoch can have taken the place of
    // an entry that a session has seen. The rule asks for the same epoch all the same: it then needs no such argument,
    // and cannot be wrong about it.
    let reaches = rules.caught_up(applied.index, seen.index);
    let Some(owner) = owner_of_place(log, applied, reaches, seen) else {
        rules.took(Branch::LineageNotKnown);
        return SessionRead::NotCaughtUp;
    };
    if rules.same_lineage(owner, seen.epoch) {
        rules.took(Branch::LineageTheSame);
        return SessionRead::Answer;
    }
    rules.took(Branch::LineageAnother);
    SessionRead::Lost(lost_range(log, seen))
}

/// What is gone with the entry `seen`, whose place in the committed log another epoch owns.
pub(crate) fn lost_range(log: &impl Log, seen: EntryId) -> LostRange {
    let first = log.last_of_epoch(seen.epoch).map_or(Index(1), Index::next);
    LostRange {
        epoch: seen.epoch,
        first: first.min(seen.index),
        last: seen.index,
    }
}

/// The epoch that owns the place of `id`, if the log up to `known` tells; `reaches` says whether it gets to the place.
/// Of what is applied, hence committed, it is what every replica will find there.
pub(crate) fn owner_of_place(log: &impl Log, known: EntryId, reaches: bool, id: EntryId) -> Option<Epoch> {
    if reaches {
        log.epoch_at(id.index).or(Some(id.epoch))
    } else {
        // The place is not known yet, but epochs never decrease along a log: a later one will own it.
        (known.epoch > id.epoch).then_some(known.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, MemLog, Payload, Sound};

    fn id(epoch: u64, index: u64) -> EntryId {
        EntryId::new(Epoch(epoch), Index(index))
    }

    fn log(ids: &[EntryId]) -> MemLog {
        let mut log = MemLog::default();
        for id in ids {
            log.append(Entry {
                id: *id,
                payload: Payload::Barrier,
            });
        }
        log
    }

    fn lost(epoch: u64, first: u64, last: u64) -> SessionRead {
        SessionRead::Lost(LostRange {
            epoch: Epoch(epoch),
            first: Index(first),
            last: Index(last),
        })
    }

    #[test]
    fn a_new_session_is_always_answered() {
        assert_eq!(
            session_read(&Sound, &log(&[]), EntryId::ZERO, EntryId::ZERO),
            SessionRead::Answer
        );
    }

    #[test]
    fn what_is_applied_is_answered_and_what_is_not_waits() {
        let log = log(&[id(1, 1), id(1, 2), id(1, 3)]);
        assert_eq!(
            session_read(&Sound, &log, id(1, 2), id(1, 2)),
            SessionRead::Answer
        );
        assert_eq!(
            session_read(&Sound, &log, id(1, 2), id(1, 3)),
            SessionRead::NotCaughtUp
        );
    }

    #[test]
    fn a_higher_epoch_at_the_place_means_lost() {
        let log = log(&[id(1, 1), id(2, 2)]);
        assert_eq!(session_read(&Sound, &log, id(2, 2), id(1, 2)), lost(1, 2, 2));
    }

    #[test]
    fn a_lower_epoch_at_the_place_means_lost_too() {
        let log = log(&[id(1, 1), id(1, 2), id(3, 3)]);
        assert_eq!(session_read(&Sound, &log, id(3, 3), id(2, 2)), lost(2, 1, 2));
    }

    #[test]
    fn a_later_epoch_before_the_place_means_lost_without_waiting_for_it() {
        let log = log(&[id(1, 1), id(2, 2)]);
        assert_eq!(session_read(&Sound, &log, id(2, 2), id(1, 9)), lost(1, 2, 9));
    }
}
