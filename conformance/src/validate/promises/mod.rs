//! What is promised of the cluster, over one partition of it, kept up from step to step.
//!
//! These are the model's properties of the same names, which look at a whole state each time. Here logs are long, so each
//! looks at what a step has changed, and remembers what it needs of the rest:
//!
//! - `list.rs` has their names, and says which of the model's cannot be looked at, and why;
//! - `answers.rs` looks at what clients are told, `order.rs` at what had ended when they asked;
//! - `history.rs` has the committed entries, `kept.rs` what was acknowledged by leaders alone;
//! - `handover.rs`, `expiry.rs` and `refilled.rs` look at steps.

mod answers;
mod expiry;
mod handover;
mod history;
mod kept;
mod list;
mod order;
mod refilled;

pub(super) use answers::Asked;
pub use list::{Broken, NOT_LOOKED_AT, PROMISES, Promise};

use super::lane::{Lane, Replica};
use super::place::place;
use history::History;
use katakv::tap::Sum;
use katakv_core::{
    Base, Effect, Entry, EntryId, Epoch, Index, Input, Log, Message, NodeId, REPLICAS, Record, RequestBody,
    Role,
};
use kept::Kept;
use list::Looked;
use order::Order;
use refilled::Lacking;
use std::collections::{BTreeMap, HashMap};

/// A replica before a step, as far as promises speak of it.
pub(super) struct Before {
    last: EntryId,
    epoch: Epoch,
    hands_over: bool,
    compacted: EntryId,
    /// Whether it takes what a peer says.
    heard: bool,
    /// The epoch of the leader that tells it to campaign.
    told_in: Option<Epoch>,
    /// How many requests it is given, if it leads nobody.
    refuses: Option<usize>,
}

impl Before {
    pub(super) fn of(node: &Replica, input: &Input) -> Before {
        let told_in = match input {
            Input::Receive {
                message: Message::TimeoutNow { epoch },
                ..
            } => Some(*epoch),
            _ => None,
        };
        let refuses = match (input, node.role()) {
            (Input::Requests(_), Role::Leader(_)) => None,
            (Input::Requests(requests), _) => Some(requests.len()),
            _ => None,
        };
        Before {
            last: node.log().last(),
            epoch: node.epoch(),
            hands_over: node.handing_over_to().is_some(),
            compacted: node.log().compacted(),
            heard: matches!(input, Input::Receive { .. }),
            told_in,
            refuses,
        }
    }
}

/// A step that was taken.
pub(super) struct Taken<'a> {
    pub(super) before: Before,
    /// The replica that took it.
    pub(super) node: &'a Replica,
    pub(super) effects: &'a [Effect],
    /// All of them.
    pub(super) lanes: &'a [Option<Lane>; REPLICAS],
    /// Of whom not all is recorded: they have the benefit of the doubt.
    pub(super) unsure: [bool; REPLICAS],
}

/// The promises of one partition.
#[derive(Default)]
pub(super) struct Promises {
    leaders: BTreeMap<Epoch, NodeId>,
    history: History,
    /// How far each replica's committed entries were held against that.
    agreed: [Index; REPLICAS],
    /// Each entry that was appended anywhere: the one before it, and its content.
    entries: HashMap<EntryId, (EntryId, Sum)>,
    order: Order,
    kept: Kept,
    lacking: Lacking,
    looked: Looked,
    scratch: Vec<u8>,
}

impl Promises {
    /// How often each was looked at.
    pub(super) fn looked_at(&self) -> &[u64; PROMISES.len()] {
        &self.looked.0
    }

    /// A replica has come back; with `trusted`, others have to take its word for what it is.
    pub(super) fn came_back(&mut self, node: &Replica, trusted: bool) -> Result<(), Broken> {
        let agreed = &mut self.agreed[place(node)];
        *agreed = (*agreed).min(node.commit());
        self.lacking.came_back(node, trusted);
        self.kept.came_back(node);
        let mut before = node.log().compacted();
        for entry in node.log().all() {
            self.append(before, entry)?;
            before = entry.id;
        }
        Ok(())
    }

    /// The replica at `place` was given something that is in no tap.
    pub(super) fn doubts(&mut self, place: usize) {
        let led = self
            .leaders
            .last_key_value()
            .map_or(Epoch::ZERO, |(epoch, _)| *epoch);
        self.order.doubt(place, led);
    }

    /// A client asks `node`.
    pub(super) fn asked(&self, node: &Replica, body: &RequestBody) -> Asked {
        Asked::of(body, || self.order.begins(place(node), node.epoch()))
    }

    /// A step has made a record, which is in the log of `node` already.
    fn appended(&mut self, node: &Replica, record: &Record) -> Result<(), Broken> {
        let Some(tail) = &record.tail else { return Ok(()) };
        let epoch = node.log().epoch_at(tail.after).unwrap_or(Epoch::ZERO);
        let mut before = EntryId::new(epoch, tail.after);
        for entry in tail.entries.iter() {
            self.append(before, entry)?;
            before = entry.id;
        }
        Ok(())
    }

    /// Whoever appends an entry of an id appends the same one after the same one. By induction, all before it is the same.
    fn append(&mut self, before: EntryId, entry: &Entry) -> Result<(), Broken> {
        let new = (before, Sum::of(&entry.payload, &mut self.scratch));
        let known = *self.entries.entry(entry.id).or_insert(new);
        self.looked.keep(Promise::LogMatching, known == new, || {
            format!(
                "{} is another entry here, or follows another one, than elsewhere",
                entry.id
            )
        })
    }

    /// A replica has taken a step.
    pub(super) fn stepped(&mut self, taken: &Taken<'_>) -> Result<(), Broken> {
        let node = taken.node;
        let record = taken.effects.iter().find_map(|effect| match effect {
            Effect::Persist(record) => Some(record),
            _ => None,
        });
        if let Some(record) = record {
            self.appended(node, record)?;
            let truncates = record
                .tail
                .as_ref()
                .is_some_and(|tail| tail.after < taken.before.last.index);
            if truncates || matches!(record.base, Some(Base::Installed(_))) {
                self.kept.truncated(node, &mut self.looked)?;
            }
        }
        let has_committed = self.agree(node)?;
        if node.log().compacted() != taken.before.compacted {
            self.history.dropped(node, &mut self.looked)?;
        }
        let mut is_new = false;
        if matches!(node.role(), Role::Leader(_)) {
            let who = node.id();
            let leader = *self.leaders.entry(node.epoch()).or_insert_with(|| {
                is_new = true;
                who
            });
            self.looked.keep(Promise::ElectionSafety, leader == who, || {
                format!("{who} leads in {}, in which {leader} led", node.epoch())
            })?;
        }
        if is_new || has_committed {
            self.leaders_hold_what_is_committed(taken)?;
        }
        if taken.before.heard {
            self.looked.keep(Promise::NoHonestRefusal, true, String::new)?;
        }
        if let Some(requests) = taken.before.refuses {
            let replies = |effect: &Effect| matches!(effect, Effect::Reply { .. });
            let kept = taken.effects.len() == requests && taken.effects.iter().all(replies);
            self.looked.keep(Promise::RefusalsChangeNothing, kept, || {
                format!(
                    "{} leads nobody, and does not just answer {requests} requests",
                    node.id()
                )
            })?;
        }
        answers::any_reads(taken, &mut self.looked)?;
        handover::stepped(taken, &mut self.looked)?;
        expiry::stepped(taken, &mut self.looked)?;
        self.lacking.stepped(taken, &mut self.looked)
    }

    /// What the replica has newly committed is what others have committed there.
    fn agree(&mut self, node: &Replica) -> Result<bool, Broken> {
        let at = place(node);
        let from = self.agreed[at];
        while self.agreed[at] < node.commit() {
            let index = self.agreed[at].next();
            self.history.agree(node.id(), node, index, &mut self.looked)?;
            self.lacking.committed(node, index);
            self.agreed[at] = index;
        }
        Ok(from < node.commit())
    }

    fn leaders_hold_what_is_committed(&mut self, taken: &Taken<'_>) -> Result<(), Broken> {
        let nodes = || taken.lanes.iter().flatten().map(|lane| &lane.node);
        // Of a leader that may have appended more than is recorded nobody can say what it lacks.
        let leads = |node: &&Replica| matches!(node.role(), Role::Leader(_)) && !taken.unsure[place(node)];
        for leader in nodes().filter(leads) {
            for node in nodes().filter(|node| node.epoch() <= leader.epoch()) {
                let index = node.commit();
                let has = leader.log().epoch_at(index) == node.log().epoch_at(index);
                self.looked.keep(Promise::LeaderCompleteness, has, || {
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

    /// A message that its peer did send is refused.
    pub(super) fn refused(&mut self, who: NodeId, from: NodeId) -> Result<(), Broken> {
        self.looked.keep(Promise::NoHonestRefusal, false, || {
            format!("{who} refuses what {from}, which keeps to the protocol, has sent")
        })
    }

    /// The record is at its end.
    pub(super) fn ends(&mut self, node: &Replica) -> Result<(), Broken> {
        self.history.is_applied(node, &mut self.looked)
    }
}
