//! A replica that comes back: with what its records lead to, and with a disk that is as new only if somebody has said so.

use super::fault::Fault;
use super::lane::{Found, Lane};
use super::shape::Kind;
use super::store::Rewindable;
use katakv_core::{
    Entries, EntryId, HardState, Image, Input, Log, MemLog, MemStore, Message, Node, Record, Recovery, Role,
    Sound, Standing, State, Store, refill, step,
};

/// How a replica has come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// For the first time in this record, and it has never run before.
    New,
    /// For the first time in this record. What it had said before, nobody recorded.
    Known,
    /// With its disk; whether records that were not synced are gone, and what its store had applied last.
    Restarted { records_lost: bool, store_lost: bool },
    /// With an empty disk in the place of the one that it had, as a learner of this incarnation.
    Refilled(u64),
}

impl Back {
    /// The kind of edge that it is.
    pub(super) fn kind(self) -> Kind {
        match self {
            Back::Refilled(_) => Kind::REFILL,
            Back::Restarted {
                records_lost,
                store_lost,
            } => Kind::of_restart(records_lost, store_lost),
            Back::New | Back::Known => Kind::of_restart(false, false),
        }
    }
}

impl Lane {
    /// A replica that was not recorded before is taken as it says it is, so far as recovery can lead to it.
    pub(super) fn first(found: &Found) -> Result<(Lane, Back), Fault> {
        let is_new = found.hard() == HardState::default() && found.log().last() == EntryId::ZERO;
        let lane = recover(as_found(found)?, found, Rewindable::new(store_of(found)?))?;
        Ok((lane, if is_new { Back::New } else { Back::Known }))
    }

    /// The replica comes back. With `gap`, records may have reached its disk that nobody recorded.
    pub(super) fn restart(self, found: &Found, gap: bool) -> Result<(Lane, Back), Fault> {
        match incarnation(found.hard().standing) {
            Some(new) if incarnation(self.node.standing()) != Some(new) => refilled(found, new, gap),
            _ => self.restart_with_disk(found, gap),
        }
    }

    fn restart_with_disk(mut self, found: &Found, gap: bool) -> Result<(Lane, Back), Fault> {
        // A crash keeps some of the records that were not synced, the oldest ones; a stop in good order keeps all.
        let mut recovery = self.durable.clone();
        let mut kept = is_found(&recovery, found).then_some(0);
        for (place, record) in self.unsynced.iter().enumerate() {
            recovery.push(record.clone())?;
            if is_found(&recovery, found) {
                kept = Some(place + 1);
            }
        }
        let back = Back::Restarted {
            records_lost: kept.is_none_or(|kept| kept < self.unsynced.len()),
            store_lost: found.applied().index < self.node.applied().index,
        };
        match kept {
            Some(kept) => {
                for record in self.unsynced.drain(..kept) {
                    self.durable.push(record)?;
                }
            }
            None if gap => {
                self.durable_survives(found)?;
                self.durable = as_found(found)?;
            }
            None => {
                let (hard, log) = (found.hard(), found.log().last());
                return Err(Fault::CameBack(format!("{hard:?} and a log up to {log}")));
            }
        }
        let store = match self.store_back(found) {
            Some(store) => store,
            None if gap => Rewindable::new(store_of(found)?),
            None => {
                let applied = found.applied();
                return Err(Fault::CameBack(format!(
                    "a store of {applied}, which it never had"
                )));
            }
        };
        let differs =
            |now: &MemStore| now.data() != found.store().data() || now.clients() != found.store().clients();
        if has_data(found) && differs(store.now()) {
            let what = "a store that holds something else than what was applied to it";
            return Err(Fault::CameBack(what.into()));
        }
        Ok((recover(self.durable, found, store)?, back))
    }

    /// What survives even if later records are not known: the epoch does not go back, a vote stays in its epoch, and what
    /// was applied is there.
    fn durable_survives(&self, found: &Found) -> Result<(), Fault> {
        let (HardState { epoch, vote, .. }, _) = self.durable.state();
        let now = found.hard();
        let applied = self.node.applied();
        let lost = if now.epoch < epoch {
            Some(format!("{epoch} was durable, now it is in {}", now.epoch))
        } else if now.epoch == epoch && vote.is_some() && now.vote != vote {
            Some(format!(
                "its vote in {epoch} was for {vote:?}, now it is {:?}",
                now.vote
            ))
        } else if found.log().epoch_at(applied.index) != Some(applied.epoch) {
            Some(format!("it had applied {applied}, which its log does not hold"))
        } else {
            None
        };
        lost.map_or(Ok(()), |lost| Err(Fault::CameBack(lost)))
    }

    /// The store that a crash has taken back to an earlier entry, or to which recovery has given the state that had come in;
    /// nothing, if it never was there.
    fn store_back(&self, found: &Found) -> Option<Rewindable> {
        let (at, store) = (found.applied(), self.node.store());
        let quarantine = found.store().in_quarantine().to_vec();
        if let Some(staged) = self.durable.staged().filter(|staged| staged.last() == at)
            && let Image::Named(name) = staged.state
            && let Some(state) = store.told().borrow().states.get(&name)
        {
            return Some(Rewindable::new(MemStore::new(at, state.clone(), quarantine)));
        }
        store.clone().back_to(at, quarantine)
    }
}

/// Whoever refills a node does so with all of it, and its first record says so.
fn refilled(found: &Found, incarnation: u64, gap: bool) -> Result<(Lane, Back), Fault> {
    let mut begun = Recovery::new(MemLog::default(), found.config().limits.quarantine);
    begun.push(refill(&Sound, incarnation))?;
    if !gap && !is_found(&begun, found) {
        let what = format!("an empty disk of incarnation {incarnation}, which is not empty");
        return Err(Fault::CameBack(what));
    }
    let (lane, _) = Lane::first(found)?;
    Ok((lane, Back::Refilled(incarnation)))
}

fn incarnation(standing: Standing) -> Option<u64> {
    match standing {
        Standing::Original => None,
        Standing::Learner { incarnation } | Standing::Member { incarnation } => Some(incarnation),
    }
}

fn recover(durable: Recovery<MemLog>, found: &Found, store: Rewindable) -> Result<Lane, Fault> {
    let mut effects = Vec::new();
    let node = durable
        .clone()
        .finish(&Sound, *found.config(), store, &mut effects)?;
    let quarantine = node.store().now().in_quarantine();
    let is_same = node.outline() == found.outline()
        && node.log() == found.log()
        && node.applied() == found.applied()
        && quarantine == found.store().in_quarantine();
    match is_same {
        true => Ok(Lane::new(node, durable, effects)),
        false => Err(Fault::CameBack("not what recovery makes of its records".into())),
    }
}

/// Whether the tap has what the store holds: it leaves that out if the log has all of it.
fn has_data(found: &Found) -> bool {
    found.log().compacted() != EntryId::ZERO
}

/// The store of a replica that came back. Where a tap leaves its data out, it is what the protocol itself makes of the log,
/// told by a leader how far that is committed.
fn store_of(found: &Found) -> Result<MemStore, Fault> {
    let applied = found.applied();
    if has_data(found) || applied == EntryId::ZERO {
        return Ok(found.store().clone());
    }
    let mut effects = Vec::new();
    let quarantine = found.store().in_quarantine().to_vec();
    let store = MemStore::new(EntryId::ZERO, State::default(), quarantine);
    let mut node: Node<MemLog, MemStore> =
        as_found(found)?.finish(&Sound, *found.config(), store, &mut effects)?;
    let (from, message) = (
        found.config().peers[0],
        Message::Append {
            epoch: found.epoch(),
            prev: applied,
            commit: applied.index,
            entries: Entries::default(),
        },
    );
    node.admits(from, &message)?;
    step(&Sound, &mut node, Input::Receive { from, message }, &mut effects);
    match node.applied() == applied {
        true => Ok(node.store().clone()),
        false => Err(Fault::CameBack(format!(
            "its store has applied {applied}, which its log does not hold"
        ))),
    }
}

/// What the disk must hold for a replica to come back as it was found.
fn as_found(found: &Found) -> Result<Recovery<MemLog>, Fault> {
    if !matches!(found.role(), Role::Follower { leader: None }) {
        return Err(Fault::CameBack("a replica comes back as a follower".into()));
    }
    let mut recovery = Recovery::new(found.log().clone(), found.config().limits.quarantine);
    recovery.push(Record {
        hard: Some(found.hard()),
        ..Record::default()
    })?;
    Ok(recovery)
}

fn is_found(recovery: &Recovery<MemLog>, found: &Found) -> bool {
    let (hard, log) = recovery.state();
    // The whole log is compared only where it ends alike.
    hard == found.hard() && log.last() == found.log().last() && log == found.log()
}
