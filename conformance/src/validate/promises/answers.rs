//! What clients are told.

use super::kept::{copies, has_durably};
use super::list::{Broken, Looked, Promise};
use super::{Promises, Taken};
use crate::validate::lane::{Lane, Replica};
use katakv_core::{
    AckLevel, Effect, EntryId, Fate, Index, Log, LostRange, REPLICAS, Reply, RequestBody, Role,
};

/// What a client asked, as far as the answer promises something about it.
#[derive(Clone, Copy, Debug)]
pub(in crate::validate) enum Asked {
    Write {
        level: AckLevel,
        /// Client and number, if it has one.
        origin: Option<(EntryId, u64)>,
        /// Behind what it stands, if its place shows that.
        after: Option<Index>,
    },
    Awaits(AckLevel),
    Session(EntryId),
    Linearizable {
        after: Option<Index>,
    },
    Other,
}

impl Asked {
    /// `begins` tells behind what a new operation stands.
    pub(super) fn of(body: &RequestBody, begins: impl FnOnce() -> Option<Index>) -> Asked {
        let write = |level, origin, after| Asked::Write { level, origin, after };
        match body {
            RequestBody::Write { level, .. } | RequestBody::Transact { level, .. } => {
                write(*level, None, begins())
            }
            // It may have been carried out before it was sent again.
            RequestBody::Once { level, once } => {
                write(*level, Some((once.origin.client, once.origin.seq)), None)
            }
            RequestBody::Await { level, .. } => Asked::Awaits(*level),
            RequestBody::Register => write(AckLevel::Quorum, None, begins()),
            RequestBody::Read { seen, .. } | RequestBody::Scan { seen, .. } => Asked::Session(*seen),
            RequestBody::LinearizableRead { .. } => Asked::Linearizable { after: begins() },
            RequestBody::Fate { .. } | RequestBody::AnyRead { .. } => Asked::Other,
        }
    }
}

impl Promises {
    /// `node` has answered a client.
    pub(in crate::validate) fn replied(
        &mut self,
        node: &Replica,
        lanes: &[Option<Lane>; REPLICAS],
        unsure: [bool; REPLICAS],
        asked: Asked,
        reply: &Reply,
    ) -> Result<(), Broken> {
        match (asked, reply) {
            (Asked::Write { level, origin, after }, Reply::Written { at, .. }) => {
                written(self, node, lanes, unsure, (level, after), *at)?;
                self.history.outcome(*at, None, &mut self.looked)?;
                is_done(self, node, origin, *at)
            }
            (Asked::Write { origin, .. }, Reply::Conflict { at, version, .. }) => {
                self.history.outcome(*at, Some(*version), &mut self.looked)?;
                is_done(self, node, origin, *at)
            }
            (Asked::Awaits(AckLevel::Leader), Reply::Written { at, .. }) => {
                let kept = has_durably(node, *at);
                self.looked.keep(Promise::AwaitedLevelsHold, kept, || {
                    format!("{at} is said to be on the disk of {}, and is not", node.id())
                })
            }
            (Asked::Awaits(level), Reply::Written { at, .. }) => {
                are_enough(
                    self,
                    Promise::AwaitedLevelsHold,
                    copies(lanes, unsure, *at),
                    level,
                    *at,
                )?;
                self.order.write(None, at.index, &mut self.looked)
            }
            (Asked::Awaits(_), Reply::Lost(range)) => {
                let there = self.history.has(EntryId::new(range.epoch, range.last));
                self.looked.keep(Promise::AwaitedLevelsHold, !there, || {
                    format!("{range} is said to be lost, and committed")
                })
            }
            (Asked::Session(seen), Reply::Value { at, .. } | Reply::Page { at, .. }) => {
                let has_seen = seen == EntryId::ZERO || self.history.has(seen);
                let kept = has_seen && at.index >= seen.index;
                self.looked.keep(Promise::ReadYourWrites, kept, || {
                    format!("a session that has seen {seen} is answered from {at}")
                })
            }
            (Asked::Session(_), Reply::Lost(range)) => lost(self, range),
            (Asked::Linearizable { after }, Reply::Value { at, .. }) => {
                self.order.read(after, at.index, &mut self.looked)
            }
            (_, Reply::Fate { at, fate, .. }) => {
                let there = self.history.has(*at);
                let told = match fate {
                    Fate::Committed => there,
                    Fate::Truncated => !there,
                    Fate::Unknown => true,
                };
                self.looked.keep(Promise::FateTellsTheTruth, told, || {
                    format!("{at} is said to be {fate:?}")
                })
            }
            _ => Ok(()),
        }
    }
}

fn written(
    promises: &mut Promises,
    node: &Replica,
    lanes: &[Option<Lane>; REPLICAS],
    unsure: [bool; REPLICAS],
    (level, after): (AckLevel, Option<Index>),
    at: EntryId,
) -> Result<(), Broken> {
    if level == AckLevel::Leader {
        // What the others rely on is kept even if the leader's own disk is behind.
        let durable = has_durably(node, at) || copies(lanes, unsure, at) > REPLICAS / 2;
        promises.looked.keep(Promise::LeaderAcksDurable, durable, || {
            format!("{at} is acknowledged, and not on the disk of {}", node.id())
        })?;
        let copies = |at| copies(lanes, unsure, at);
        return promises.kept.acknowledges(node, at, copies, &mut promises.looked);
    }
    are_enough(
        promises,
        Promise::QuorumAcksKept,
        copies(lanes, unsure, at),
        level,
        at,
    )?;
    deposed(promises, lanes, at)?;
    promises.order.write(after, at.index, &mut promises.looked)
}

/// It is committed, and on as many disks as the level says. A lost disk takes one copy, until its replica is a member again.
fn are_enough(
    promises: &mut Promises,
    promise: Promise,
    copies: usize,
    level: AckLevel,
    at: EntryId,
) -> Result<(), Broken> {
    let promised = match level {
        AckLevel::All => REPLICAS,
        AckLevel::Quorum | AckLevel::Leader => REPLICAS / 2 + 1,
    };
    let enough = promised.saturating_sub(promises.lacking.count());
    let kept = copies >= enough && promises.history.has(at);
    promises.looked.keep(promise, kept, || {
        format!("{at} is said to have reached level {level}, and is durable on {copies}")
    })
}

/// Nobody of a later epoch has committed, or serves, without it.
fn deposed(promises: &mut Promises, lanes: &[Option<Lane>; REPLICAS], at: EntryId) -> Result<(), Broken> {
    for node in lanes.iter().flatten().map(|lane| &lane.node) {
        let serves = matches!(node.role(), Role::Leader(_)) && node.serving();
        if node.epoch() > at.epoch && (node.commit() >= at.index || serves) {
            let has = node.log().epoch_at(at.index) == Some(at.epoch);
            promises.looked.keep(Promise::DeposedNeverAcknowledges, has, || {
                format!(
                    "{at} is acknowledged, and {} of {} lacks it",
                    node.id(),
                    node.epoch()
                )
            })?;
        }
    }
    Ok(())
}

fn is_done(
    promises: &mut Promises,
    node: &Replica,
    origin: Option<(EntryId, u64)>,
    at: EntryId,
) -> Result<(), Broken> {
    match origin {
        Some(origin) => promises.history.is_done(node, origin, at, &mut promises.looked),
        None => Ok(()),
    }
}

fn lost(promises: &mut Promises, range: &LostRange) -> Result<(), Broken> {
    let there = promises.history.has(EntryId::new(range.epoch, range.last));
    promises.looked.keep(Promise::NoSilentLoss, !there, || {
        format!("{range} is said to be lost, and committed")
    })
}

/// A read of any age is answered from what is applied, by a member, which owns up to all that it has beyond that.
pub(super) fn any_reads(taken: &Taken<'_>, looked: &mut Looked) -> Result<(), Broken> {
    for effect in taken.effects {
        let Effect::Reply {
            reply: Reply::AnyValue { at, lag, .. },
            ..
        } = effect
        else {
            continue;
        };
        let (node, last) = (taken.node, taken.before.last.index);
        let kept =
            node.standing().is_member() && *at == node.applied() && *lag >= last.0.saturating_sub(at.index.0);
        looked.keep(Promise::AnyReadsTellTheirAge, kept, || {
            let (id, applied) = (node.id(), node.applied());
            format!(
                "{id} has applied {applied} of {last}, and answers as of {at}, owning up to {lag} entries"
            )
        })?;
    }
    Ok(())
}
