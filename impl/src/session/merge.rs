//! Merging: what two clients have seen, as one session. One service hands its token to the next, which has one of its own.
//!
//! Of two positions of one epoch the higher one includes the lower: an epoch has one leader and one log. Of two epochs neither includes
//! the other, as after a write: the lower one is in doubt until a read under it answers. So all positions of a partition, in doubt or not, count
//! alike, the highest of each epoch is what has to be kept, and a token has room for two. Where there are more, merging is
//! refused: to drop one would be to forget, without a word, a write that may be lost.

use super::{OtherCluster, Seen, Session};
use katakv_core::{EntryId, Partition};

/// Why two sessions cannot be merged. Both are as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// They belong to different clusters, and say nothing about each other.
    #[error(transparent)]
    OtherCluster(#[from] OtherCluster),
    /// Together they have seen more epochs of a partition than a token can hold before reads have shown which writes survived. Read a key of
    /// the partition under each of them, which settles what is in doubt, and merge again.
    #[error(
        "together they hold positions of more than two epochs of {partition}, which nobody has shown to be of one log: read a key of \
         it under each of them, and merge again"
    )]
    InDoubt {
        /// The partition.
        partition: Partition,
    },
}

impl Session {
    /// Takes in what `other` has seen: reads under this session then include what either was told is done, or say LOST, and go back behind neither.
    pub fn merge(&mut self, other: &Session) -> Result<(), MergeError> {
        let mut merged = self.clone();
        if let Some(cluster) = other.cluster {
            merged.join(cluster)?;
        }
        for partition in Partition::all() {
            let seen = together(self.slot(partition), other.slot(partition));
            *merged.slot_mut(partition) = seen.ok_or(MergeError::InDoubt { partition })?;
        }
        *self = merged;
        Ok(())
    }
}

/// What both have seen of a partition; `None` if there is no room for it.
fn together(one: Seen, other: Seen) -> Option<Seen> {
    let mut positions: Vec<EntryId> = [one, other]
        .into_iter()
        .flat_map(|seen| seen.in_doubt.into_iter().chain([seen.newest]))
        .filter(|at| *at != EntryId::ZERO)
        .collect();
    positions.sort_by(|a, b| b.cmp(a));
    // The highest of each epoch.
    positions.dedup_by_key(|at| at.epoch);
    match positions[..] {
        [] => Some(Seen::default()),
        [newest] => Some(Seen {
            newest,
            in_doubt: None,
        }),
        [newest, lower] => Some(Seen {
            newest,
            in_doubt: Some(lower),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ClusterId;
    use katakv_core::{Entry, Epoch, Index, Log, MemLog, Payload, SessionRead, Sound, session_read};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    const P: Partition = Partition(4);

    fn id(epoch: u64, index: u64) -> EntryId {
        EntryId::new(Epoch(epoch), Index(index))
    }

    fn seen(newest: EntryId, in_doubt: Option<EntryId>) -> Session {
        let mut session = Session::default();
        *session.slot_mut(P) = Seen { newest, in_doubt };
        session
    }

    fn merged(one: &Session, other: &Session) -> Result<Session, MergeError> {
        let mut session = one.clone();
        session.merge(other).map(|()| session)
    }

    #[test]
    fn the_higher_of_one_epoch_includes_the_lower_and_of_two_epochs_the_lower_is_in_doubt() {
        let of = |one, other| merged(&seen(one, None), &seen(other, None));
        assert_eq!(of(id(1, 5), id(1, 7)), Ok(seen(id(1, 7), None)));
        assert_eq!(of(id(1, 9), id(2, 6)), Ok(seen(id(2, 6), Some(id(1, 9)))));
        assert_eq!(of(EntryId::ZERO, id(1, 5)), Ok(seen(id(1, 5), None)));
        let doubtful = seen(id(2, 6), Some(id(1, 5)));
        let more = merged(&doubtful, &seen(id(1, 9), None));
        assert_eq!(more, Ok(seen(id(2, 6), Some(id(1, 9)))));
    }

    #[test]
    fn three_epochs_are_refused_and_nothing_is_forgotten() {
        let mut session = seen(id(2, 6), Some(id(1, 5)));
        let before = session.clone();
        let refused = session.merge(&seen(id(3, 7), None));
        assert_eq!(refused, Err(MergeError::InDoubt { partition: P }));
        assert_eq!(session, before);
        // A read has settled it.
        session.settle(P);
        assert_eq!(session.merge(&seen(id(3, 7), None)), Ok(()));
    }

    #[test]
    fn sessions_of_two_clusters_are_refused() {
        let of = |cluster| {
            let mut session = Session::default();
            session.join(ClusterId(cluster)).unwrap();
            session
        };
        assert!(matches!(merged(&of(1), &of(2)), Err(MergeError::OtherCluster(_))));
        assert_eq!(merged(&Session::default(), &of(2)), Ok(of(2)));
    }

    /// A committed log, of rising epochs.
    fn log(rng: &mut StdRng) -> MemLog {
        let mut log = MemLog::default();
        let mut epoch = 1;
        for index in 1..=12 {
            epoch = (epoch + u64::from(rng.random_ratio(1, 4))).min(4);
            let payload = Payload::Barrier;
            log.append(Entry {
                id: id(epoch, index),
                payload,
            });
        }
        log
    }

    /// A session that was told of writes, and which they are; a read settles what is in doubt before the next, or says that it is lost, which
    /// ends the session.
    fn writes(rng: &mut StdRng, log: &MemLog) -> Option<(Session, Vec<EntryId>)> {
        let (mut session, mut told) = (Session::default(), Vec::new());
        for _ in 0..rng.random_range(0..4) {
            if let Some(in_doubt) = session.in_doubt(P) {
                let answer = session_read(&Sound, log, log.last(), in_doubt);
                (answer == SessionRead::Answer).then(|| session.settle(P))?;
            }
            let at = id(rng.random_range(1..4), rng.random_range(1..12));
            // A leader acknowledges what is in its own log: of an epoch that is in the committed one, nothing before its first entry there.
            let first = (1..=12).find(|index| log.epoch_at(Index(*index)) == Some(at.epoch));
            if first.is_some_and(|first| at.index.0 < first) {
                continue;
            }
            session.acknowledge(P, at);
            told.push(at);
        }
        Some((session, told))
    }

    #[test]
    fn reads_under_a_merged_session_include_both_sides_writes_or_say_lost() {
        let mut rng = StdRng::seed_from_u64(11);
        let (mut answered, mut lost) = (0, 0);
        for _ in 0..20_000 {
            let log = log(&mut rng);
            let (Some((one, told)), Some((other, told_other))) =
                (writes(&mut rng, &log), writes(&mut rng, &log))
            else {
                continue;
            };
            let both = merged(&one, &other);
            assert_eq!(both, merged(&other, &one), "of no matter whose");
            let Ok(both) = both else { continue };
            assert_eq!(merged(&both, &one), Ok(both.clone()), "twice is once");
            let positions = both.in_doubt(P).into_iter().chain([both.seen(P)]);
            let answers = |at| session_read(&Sound, &log, log.last(), at) == SessionRead::Answer;
            if !positions.into_iter().all(answers) {
                lost += 1;
                continue;
            }
            answered += 1;
            for at in told.into_iter().chain(told_other) {
                assert_eq!(
                    log.epoch_at(at.index),
                    Some(at.epoch),
                    "{at} is gone, and {both} does not say so"
                );
            }
        }
        assert!(answered > 100 && lost > 100, "{answered} answered, {lost} lost");
    }
}
