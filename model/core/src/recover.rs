//! Coming back: the same fold over the durable records in the model and in production.

use crate::checkpoint::Beginning;
use crate::gate::Gate;
use crate::node::{Node, Role};
use crate::quarantine::{given_up_after, given_up_for, quarantine};
use crate::refill::standing_after;
use crate::{
    Base, Branch, Config, Effect, Entry, EntryId, HardState, Index, Lineage, Log, Payload, Record, Rules,
    Snapshot, Store, Timer,
};
use std::collections::BTreeMap;
use std::fmt;

/// Why durable state cannot be served from. It is not a torn tail, which the WAL has cut already: data that was
/// synced is damaged or missing. Keep the disk as it is and refill the replica from its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoverError {
    /// A record's entries do not follow the log before it.
    Gap {
        /// Where the log ended.
        last: EntryId,
        /// After which index the record continues.
        after: Index,
    },
    /// A record goes back to an earlier epoch, or holds entries of a later one.
    EpochOrder(HardState),
    /// The store has applied an entry that the log does not have.
    StoreAhead {
        /// What the store has applied.
        applied: EntryId,
        /// Where the log ends.
        last: EntryId,
    },
    /// The store has not applied the entries that the log has dropped, and no record holds the state that stands for
    /// them.
    StoreBehind {
        /// What the store has applied.
        applied: EntryId,
        /// Where the log begins.
        compacted: EntryId,
    },
    /// A record's new beginning of the log is none, or drops entries that the log does not have.
    BrokenBase {
        /// Where the log ended.
        last: EntryId,
        /// Where it was to begin.
        compacted: EntryId,
    },
    /// The first records are purged, and no checkpoint says what they amounted to.
    NoCheckpoint,
    /// A checkpoint contradicts the records before it.
    OtherCheckpoint {
        /// An entry near which it does.
        at: EntryId,
    },
}

impl std::error::Error for RecoverError {}

impl fmt::Display for RecoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecoverError::Gap { last, after } => {
                write!(
                    f,
                    "a record continues after index {after}, but the log ends at {last}"
                )
            }
            RecoverError::EpochOrder(hard) => {
                write!(f, "a record's epochs are out of order, near epoch {}", hard.epoch)
            }
            RecoverError::StoreAhead { applied, last } => {
                write!(
                    f,
                    "the store has applied {applied}, which the log (ends at {last}) does not have"
                )
            }
            RecoverError::StoreBehind { applied, compacted } => {
                write!(
                    f,
                    "the store has applied {applied}, but the log begins after {compacted}"
                )
            }
            RecoverError::BrokenBase { last, compacted } => {
                write!(
                    f,
                    "a record lets the log begin after {compacted}, but it ends at {last}"
                )
            }
            RecoverError::NoCheckpoint => {
                write!(f, "the first records are gone, and no checkpoint stands for them")
            }
            RecoverError::OtherCheckpoint { at } => {
                write!(f, "a checkpoint contradicts the records before it, near {at}")
            }
        }
    }
}

/// Durable records, folded into what they amount to. Push them in the order in which they were appended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Recovery<L> {
    pub(crate) hard: HardState,
    pub(crate) log: L,
    pub(crate) staged: Option<Snapshot>,
    pub(crate) beginning: Beginning,
    pub(crate) keeps_quarantine: bool,
    pub(crate) quarantined: BTreeMap<EntryId, Payload>,
}

impl<L: Log> Recovery<L> {
    /// Begins with an empty log; `quarantine` as in [`Limits`](crate::Limits).
    pub fn new(log: L, quarantine: bool) -> Recovery<L> {
        Recovery {
            hard: HardState::default(),
            log,
            staged: None,
            beginning: Beginning::There,
            keeps_quarantine: quarantine,
            quarantined: BTreeMap::new(),
        }
    }

    /// What the records so far amount to.
    pub fn state(&self) -> (HardState, &L) {
        (self.hard, &self.log)
    }

    /// The leader's state that the log may begin after, as long as the store's own disk need not have it.
    pub fn staged(&self) -> Option<&Snapshot> {
        self.staged.as_ref()
    }

    /// Takes the next durable record.
    pub fn push(&mut self, record: Record) -> Result<(), RecoverError> {
        // A checkpoint says all of it again.
        if self.beginning == Beginning::Purged {
            return Ok(());
        }
        if let Some(hard) = record.hard {
            if hard.epoch < self.hard.epoch {
                return Err(RecoverError::EpochOrder(hard));
            }
            self.hard = hard;
        }
        match record.base {
            Some(Base::Compacted(lineage)) => self.compact(lineage)?,
            Some(Base::Installed(snapshot)) => self.install(snapshot)?,
            None => {}
        }
        let Some(tail) = record.tail else { return Ok(()) };
        let last = self.log.last();
        if tail.after > last.index || tail.after < self.log.compacted().index {
            return Err(RecoverError::Gap {
                last,
                after: tail.after,
            });
        }
        if tail.after < last.index {
            self.give_up(given_up_after(&self.log, tail.after));
            self.log.truncate_after(tail.after);
        }
        for entry in tail.entries.iter() {
            let last = self.log.last();
            if entry.id.index != last.index.next() {
                return Err(RecoverError::Gap {
                    last,
                    after: entry.id.index.previous(),
                });
            }
            if entry.id.epoch < last.epoch || entry.id.epoch > self.hard.epoch {
                return Err(RecoverError::EpochOrder(self.hard));
            }
            self.log.append(entry.clone());
        }
        Ok(())
    }

    /// The store's disk had these entries: neither they nor a state that stands for them are needed any more. It had
    /// what was in quarantine, too.
    fn compact(&mut self, lineage: Lineage) -> Result<(), RecoverError> {
        let (last, compacted) = (self.log.last(), lineage.last());
        if !lineage.is_sound() || self.log.epoch_at(compacted.index) != Some(compacted.epoch) {
            return Err(RecoverError::BrokenBase { last, compacted });
        }
        self.log.rebase(lineage);
        self.staged = None;
        self.quarantined.clear();
        Ok(())
    }

    fn give_up(&mut self, entries: Vec<Entry>) {
        if self.keeps_quarantine {
            let given_up = entries.into_iter().map(|entry| (entry.id, entry.payload));
            self.quarantined.extend(given_up);
        }
    }

    fn install(&mut self, snapshot: Snapshot) -> Result<(), RecoverError> {
        let (last, compacted) = (self.log.last(), snapshot.last());
        if !snapshot.lineage.is_sound() || compacted.index <= self.log.compacted().index {
            return Err(RecoverError::BrokenBase { last, compacted });
        }
        if compacted.epoch > self.hard.epoch {
            return Err(RecoverError::EpochOrder(self.hard));
        }
        self.give_up(given_up_for(&self.log, &snapshot.lineage));
        self.log.rebase(snapshot.lineage.clone());
        self.staged = Some(snapshot);
        Ok(())
    }

    /// Whether a store that has applied the entries up to `applied` belongs to these records. One that has not got what the
    /// log has dropped does if a record holds the state that stands for it.
    pub fn agrees_with(&self, applied: EntryId) -> Result<(), RecoverError> {
        if self.beginning == Beginning::Purged {
            return Err(RecoverError::NoCheckpoint);
        }
        let (compacted, last) = (self.log.compacted(), self.log.last());
        if applied.index < compacted.index {
            return match &self.staged {
                Some(staged) if staged.last() == compacted => Ok(()),
                _ => Err(RecoverError::StoreBehind { applied, compacted }),
            };
        }
        if self.log.epoch_at(applied.index) == Some(applied.epoch) {
            Ok(())
        } else {
            Err(RecoverError::StoreAhead { applied, last })
        }
    }

    /// The replica that restarts with these records and `store`: a follower that knows no leader.
    pub fn finish<R, S>(
        self,
        rules: &R,
        config: Config,
        mut store: S,
        effects: &mut Vec<Effect>,
    ) -> Result<Node<L, S>, RecoverError>
    where
        R: Rules + ?Sized,
        S: Store,
    {
        let agrees = self.agrees_with(store.applied());
        if let Err(error) = &agrees {
            match error {
                RecoverError::NoCheckpoint => rules.took(Branch::CheckpointMissing),
                RecoverError::StoreBehind { .. } => rules.took(Branch::StoreFoundBehind),
                _ => rules.took(Branch::StoreFoundAhead),
            }
        }
        agrees?;
        let compacted = self.log.compacted();
        if store.applied().index < compacted.index
            && let Some(staged) = &self.staged
        {
            // The record of a leader's state was synced, and the store had not got it, or had lost it again.
            rules.took(Branch::StateRecovered);
            store.install(compacted, &staged.state);
        }
        let (applied, last) = (store.applied(), self.log.last());
        if rules.recovers_quarantine() {
            let entries = self.quarantined.into_iter();
            let entries = entries.map(|(id, payload)| Entry { id, payload }).collect();
            quarantine(rules, &mut store, entries);
        }
        effects.push(Effect::Arm(Timer::Election));
        Ok(Node {
            config,
            hard: HardState {
                epoch: self.hard.epoch,
                vote: rules.recovered_vote(self.hard.vote),
                // What is applied stays so, even if the record that said what came of it was lost.
                standing: standing_after(rules, self.hard.standing, &self.log, Index::ZERO, applied.index),
            },
            log: self.log,
            // What was applied was committed; that more is, the next leader will tell.
            commit: applied.index,
            store,
            gate: Gate::new(last.index),
            role: Role::Follower { leader: None },
            staged: None,
        })
    }
}

/// Folds all of `records` at once; see [`Recovery`].
pub fn recover<R, L, S>(
    rules: &R,
    config: Config,
    records: impl IntoIterator<Item = Record>,
    log: L,
    store: S,
    effects: &mut Vec<Effect>,
) -> Result<Node<L, S>, RecoverError>
where
    R: Rules + ?Sized,
    L: Log,
    S: Store,
{
    let mut recovery = Recovery::new(log, config.limits.quarantine);
    for record in records {
        recovery.push(record)?;
    }
    recovery.finish(rules, config, store, effects)
}
