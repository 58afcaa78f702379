//! What is promised of the cluster, over one partition of it, kept up from step to step.
//!
//! These are the model's properties of the same names, which look at a whole state each time. Here logs are long, so each
//! looks at what a step has changed, and remembers what it needs of the rest.

use super::lane::Replica;
use katakv::tap::Sum;
use katakv_core::{
    AckLevel, Entry, EntryId, Epoch, Fate, Index, Log, NodeId, REPLICAS, Record, Reply, RequestBody, Role,
};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// A promise, by its place among [`PROMISES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// At most one leader an epoch.
    ElectionSafety,
    /// An id names an entry, and everything before it.
    LogMatching,
    /// Leaders hold what is committed.
    LeaderCompleteness,
    /// One committed history for all.
    AppliedAgreement,
    /// What was acknowledged at `quorum` or `all` is on so many disks, and committed.
    QuorumAcksKept,
    /// What was acknowledged at `leader` is on the leader's disk.
    LeaderAcksDurable,
    /// An answer to a session includes what the session has seen.
    ReadYourWrites,
    /// `LOST` is said of what is not in the committed log.
    NoSilentLoss,
    /// A fate is what the committed log says.
    FateTellsTheTruth,
}

/// Every promise, in order, by the name of the model's property.
pub const PROMISES: [(Promise, &str); 9] = [
    (Promise::ElectionSafety, "election safety"),
    (Promise::LogMatching, "log matching"),
    (Promise::LeaderCompleteness, "leader completeness"),
    (Promise::AppliedAgreement, "applied agreement"),
    (Promise::QuorumAcksKept, "quorum acknowledgements kept"),
    (Promise::LeaderAcksDurable, "leader acknowledgements durable"),
    (Promise::ReadYourWrites, "read your writes"),
    (Promise::NoSilentLoss, "no silent loss"),
    (Promise::FateTellsTheTruth, "fate tells the truth"),
];

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(PROMISES[*self as usize].1)
    }
}

/// A promise that the cluster has broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("broken: {promise}: {how}")]
pub struct Broken {
    /// Which.
    pub promise: Promise,
    /// How.
    pub how: String,
}

/// What a client asked, as far as the answer promises something about it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    Write(AckLevel),
    Session(EntryId),
    Other,
}

impl Asked {
    pub(super) fn of(body: &RequestBody) -> Asked {
        match body {
            RequestBody::Write { level, .. }
            | RequestBody::Transact { level, .. }
            | RequestBody::Once { level, .. }
            | RequestBody::Await { level, .. } => Asked::Write(*level),
            RequestBody::Register => Asked::Write(AckLevel::Quorum),
            RequestBody::Read { seen, .. } => Asked::Session(*seen),
            RequestBody::Fate { .. } | RequestBody::LinearizableRead { .. } | RequestBody::AnyRead { .. } => {
                Asked::Other
            }
        }
    }
}

/// The promises of one partition.
#[derive(Default)]
pub(super) struct Promises {
    leaders: BTreeMap<Epoch, NodeId>,
    /// Whose each entry of the committed history is, from index 1.
    committed: Vec<Epoch>,
    /// How far each replica's committed entries were held against that.
    agreed: [Index; REPLICAS],
    /// Each entry that was appended anywhere: the one before it, and its content.
    entries: HashMap<EntryId, (EntryId, Sum)>,
    /// How often each promise was looked at.
    pub(super) looked_at: [u64; PROMISES.len()],
}

impl Promises {
    /// A replica has come back.
    pub(super) fn came_back(&mut self, node: &Replica, scratch: &mut Vec<u8>) -> Result<(), Broken> {
        let agreed = &mut self.agreed[usize::from(node.id().0)];
        *agreed = (*agreed).min(node.commit());
        let mut before = node.log().compacted();
        for entry in node.log().all() {
            self.append(before, entry, scratch)?;
            before = entry.id;
        }
        Ok(())
    }

    /// A step has made a record, which is in the log of `node` already.
    pub(super) fn appended(
        &mut self,
        node: &Replica,
        record: &Record,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Broken> {
        let Some(tail) = &record.tail else { return Ok(()) };
        let epoch = node.log().epoch_at(tail.after).unwrap_or(Epoch::ZERO);
        let mut before = EntryId::new(epoch, tail.after);
        for entry in tail.entries.iter() {
            self.append(before, entry, scratch)?;
            before = entry.id;
        }
        Ok(())
    }

    /// Whoever appends an entry of an id appends the same one after the same one. By induction, all before it is the same.
    fn append(&mut self, before: EntryId, entry: &Entry, scratch: &mut Vec<u8>) -> Result<(), Broken> {
        let new = (before, Sum::of(&entry.payload, scratch));
        let known = *self.entries.entry(entry.id).or_insert(new);
        self.keep(Promise::LogMatching, known == new, || {
            format!(
                "{} is another entry here, or follows another one, than elsewhere",
                entry.id
            )
        })
    }

    /// The replica `who` has taken a step.
    pub(super) fn stepped(
        &mut self,
        who: NodeId,
        replicas: [Option<&Replica>; REPLICAS],
    ) -> Result<(), Broken> {
        let Some(node) = replicas[usize::from(who.0)] else {
            return Ok(());
        };
        let has_committed = self.agree(who, node)?;
        let mut is_new = false;
        if matches!(node.role(), Role::Leader(_)) {
            let leader = *self.leaders.entry(node.epoch()).or_insert_with(|| {
                is_new = true;
                who
            });
            self.keep(Promise::ElectionSafety, leader == who, || {
                format!("{who} leads in {}, in which {leader} led", node.epoch())
            })?;
        }
        if is_new || has_committed {
            self.leaders_hold_what_is_committed(replicas)?;
        }
        Ok(())
    }

    /// What the replica has newly committed is what others have committed there.
    fn agree(&mut self, who: NodeId, node: &Replica) -> Result<bool, Broken> {
        let place = usize::from(who.0);
        let from = self.agreed[place];
        while self.agreed[place] < node.commit() {
            let index = self.agreed[place].next();
            let own = node.log().epoch_at(index).unwrap_or(Epoch::ZERO);
            match self.committed.get(index.previous().0 as usize).copied() {
                Some(known) => self.keep(Promise::AppliedAgreement, own == known, || {
                    format!(
                        "{who} has committed {own}:{index}, where {} is committed",
                        EntryId::new(known, index)
                    )
                })?,
                None => self.committed.push(own),
            }
            self.agreed[place] = index;
        }
        Ok(from < node.commit())
    }

    fn leaders_hold_what_is_committed(
        &mut self,
        replicas: [Option<&Replica>; REPLICAS],
    ) -> Result<(), Broken> {
        let leads = |node: &&Replica| matches!(node.role(), Role::Leader(_));
        for leader in replicas.into_iter().flatten().filter(leads) {
            let earlier = |node: &&Replica| node.epoch() <= leader.epoch();
            for node in replicas.into_iter().flatten().filter(earlier) {
                let index = node.commit();
                let has = leader.log().epoch_at(index) == node.log().epoch_at(index);
                self.keep(Promise::LeaderCompleteness, has, || {
                    let (leader, epoch) = (leader.id(), leader.epoch());
                    format!(
                        "{leader} leads in {epoch} without what {} knows to be committed at {index}",
                        node.id()
                    )
                })?;
            }
        }
        Ok(())
    }

    /// `who` has answered a client. Of the replicas in `unsure`, not all is recorded: they have the benefit of the doubt.
    pub(super) fn replied(
        &mut self,
        who: NodeId,
        replicas: [Option<&Replica>; REPLICAS],
        unsure: [bool; REPLICAS],
        asked: Asked,
        reply: &Reply,
    ) -> Result<(), Broken> {
        match (asked, reply) {
            (Asked::Write(AckLevel::Leader), Reply::Written { at, .. }) => {
                let durable = replicas[usize::from(who.0)].is_some_and(|node| has_durably(node, *at));
                self.keep(Promise::LeaderAcksDurable, durable, || {
                    format!("{at} is acknowledged, and not on the disk of {who}")
                })
            }
            (Asked::Write(level), Reply::Written { at, .. }) => {
                let copies = replicas
                    .iter()
                    .zip(unsure)
                    .filter(|(node, unsure)| {
                        *unsure
                            || node.is_some_and(|node| node.standing().is_member() && has_durably(node, *at))
                    })
                    .count();
                let enough = match level {
                    AckLevel::All => REPLICAS,
                    AckLevel::Quorum | AckLevel::Leader => REPLICAS / 2 + 1,
                };
                let kept = copies >= enough && self.committed_at(at.index) == Some(at.epoch);
                self.keep(Promise::QuorumAcksKept, kept, || {
                    format!("{at} is acknowledged at level {level}, durable on {copies}")
                })
            }
            (Asked::Session(seen), Reply::Value { at, .. }) => {
                let has_seen = seen == EntryId::ZERO || self.committed_at(seen.index) == Some(seen.epoch);
                self.keep(
                    Promise::ReadYourWrites,
                    has_seen && at.index >= seen.index,
                    || format!("a session that has seen {seen} is answered from {at}"),
                )
            }
            (Asked::Session(_) | Asked::Write(_), Reply::Lost(range)) => {
                let there = self.committed_at(range.last) == Some(range.epoch);
                self.keep(Promise::NoSilentLoss, !there, || {
                    format!("{range} is said to be lost, and committed")
                })
            }
            (_, Reply::Fate { at, fate, .. }) => {
                let there = self.committed_at(at.index) == Some(at.epoch);
                let told = match fate {
                    Fate::Committed => there,
                    Fate::Truncated => !there,
                    Fate::Unknown => true,
                };
                self.keep(Promise::FateTellsTheTruth, told, || {
                    format!("{at} is said to be {fate:?}")
                })
            }
            _ => Ok(()),
        }
    }

    fn committed_at(&self, index: Index) -> Option<Epoch> {
        self.committed.get(index.0.checked_sub(1)? as usize).copied()
    }

    fn keep(&mut self, promise: Promise, kept: bool, how: impl FnOnce() -> String) -> Result<(), Broken> {
        self.looked_at[promise as usize] += 1;
        if kept {
            return Ok(());
        }
        Err(Broken { promise, how: how() })
    }
}

/// Whether the very entry is on the disk of `node`.
fn has_durably(node: &Replica, at: EntryId) -> bool {
    node.durable() >= at.index && node.log().epoch_at(at.index) == Some(at.epoch)
}
