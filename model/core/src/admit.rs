//! What no honest peer says. The caller asks before each step, so that bytes from outside cannot reach an assertion.

use crate::node::{Node, Role};
use crate::{EntryId, Epoch, Index, Lineage, Log, Message, NodeId, Store};
use std::fmt;

/// Why a peer's message is refused. The peer is broken, or is not of this cluster: close its connection and tell
/// the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The sender is not a member of this partition's group.
    NotAPeer,
    /// An epoch of zero where one has begun, one that no cluster lives to see, or a candidate's entry of an epoch that it
    /// is only asking for.
    EpochOutOfRange(Epoch),
    /// An index that no log gets to.
    IndexOutOfRange(Index),
    /// Entries that do not follow each other, or are of a later epoch than their leader's.
    NotConsecutive(EntryId),
    /// A second leader in an epoch.
    SecondLeader(Epoch),
    /// An append that contradicts what is committed here.
    ContradictsCommitted(Index),
    /// An acknowledgement of entries that were never sent.
    NeverSent(Index),
    /// A state whose lineage is none, or is of nothing.
    BrokenLineage(EntryId),
    /// An answer to a round that has not begun.
    NeverAsked(u64),
}

impl std::error::Error for Violation {}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::NotAPeer => write!(f, "the sender is not a member of this group"),
            Violation::EpochOutOfRange(epoch) => write!(f, "epoch {epoch} is out of range"),
            Violation::IndexOutOfRange(index) => write!(f, "index {index} is out of range"),
            Violation::NotConsecutive(id) => write!(f, "entry {id} does not follow the one before it"),
            Violation::SecondLeader(epoch) => write!(f, "there is another leader in {epoch}"),
            Violation::ContradictsCommitted(index) => {
                write!(f, "the entry committed at {index} is another one")
            }
            Violation::NeverSent(index) => write!(f, "index {index} was never sent"),
            Violation::BrokenLineage(last) => write!(f, "the lineage of a state up to {last} is none"),
            Violation::NeverAsked(round) => write!(f, "round {round} has not begun"),
        }
    }
}

impl<L: Log, S: Store> Node<L, S> {
    /// Whether `message` can come from an honest peer. What is honest but late is admitted; `step` ignores it.
    pub fn admits(&self, from: NodeId, message: &Message) -> Result<(), Violation> {
        self.config.place_of(from).ok_or(Violation::NotAPeer)?;
        let epoch = message.epoch();
        let ahead = epoch.0.saturating_sub(self.epoch().0);
        // Before the first election there is nothing to say but who would be elected.
        let may_be_zero = matches!(message, Message::PreVote { .. } | Message::PreVoted { .. });
        if (epoch == Epoch::ZERO && !may_be_zero) || epoch > Epoch::LIMIT || ahead > Epoch::AHEAD_MAX {
            return Err(Violation::EpochOutOfRange(epoch));
        }
        match message {
            Message::Vote { .. } | Message::PreVoted { .. } => Ok(()),
            // A candidate has entered a later epoch than that of any entry it has.
            Message::RequestVote { last, .. } if last.epoch >= epoch => {
                Err(Violation::EpochOutOfRange(last.epoch))
            }
            // Who only asks has entered no epoch by it.
            Message::PreVote { last, .. } if last.epoch > epoch => {
                Err(Violation::EpochOutOfRange(last.epoch))
            }
            Message::RequestVote { last, .. } | Message::PreVote { last, .. } => in_range(last.index),
            Message::Append {
                prev,
                commit,
                entries,
                ..
            } => {
                in_range(prev.index)?;
                in_range(*commit)?;
                let ends_at = consecutive(*prev, entries.iter().map(|entry| entry.id))?;
                if ends_at.epoch > epoch {
                    return Err(Violation::NotConsecutive(ends_at));
                }
                if epoch < self.epoch() {
                    return Ok(());
                }
                self.admits_leader(from, epoch)?;
                std::iter::once(*prev)
                    .chain(entries.iter().map(|entry| entry.id))
                    .take_while(|id| id.index <= self.commit)
                    .find(|id| !self.holds(*id))
                    .map_or(Ok(()), |id| Err(Violation::ContradictsCommitted(id.index)))
            }
            Message::Confirm { .. } | Message::TimeoutNow { .. } if epoch < self.epoch() => Ok(()),
            Message::Confirm { .. } | Message::TimeoutNow { .. } => self.admits_leader(from, epoch),
            Message::Confirmed { round, .. } => match &self.role {
                Role::Leader(leadership) if epoch == self.epoch() && *round > leadership.reads.round => {
                    Err(Violation::NeverAsked(*round))
                }
                _ => Ok(()),
            },
            Message::Appended { matched: index, .. }
            | Message::Rejected { prev: index, .. }
            | Message::Learned { reached: index, .. }
            | Message::Lacking { prev: index, .. } => {
                let to_me = epoch == self.epoch() && self.leads();
                if to_me && *index > self.log.last().index {
                    return Err(Violation::NeverSent(*index));
                }
                in_range(*index)
            }
            Message::Snapshot { snapshot, .. } => {
                let last = snapshot.last();
                if !snapshot.lineage.is_sound() || last == EntryId::ZERO {
                    return Err(Violation::BrokenLineage(last));
                }
                in_range(last.index)?;
                if last.epoch > epoch {
                    return Err(Violation::EpochOutOfRange(last.epoch));
                }
                if epoch < self.epoch() {
                    return Ok(());
                }
                self.admits_leader(from, epoch)?;
                self.admits_history(&snapshot.lineage)
            }
        }
    }

    /// What is committed here is in the history of any leader's state, as far as both go. Epochs own runs, so the last
    /// index that both know of speaks for those before it.
    fn admits_history(&self, lineage: &Lineage) -> Result<(), Violation> {
        let both = self.commit.min(lineage.last().index);
        if lineage.epoch_at(both) == self.log.epoch_at(both) {
            Ok(())
        } else {
            Err(Violation::ContradictsCommitted(both))
        }
    }

    /// One epoch, one leader: not another than the one known, and not another than this replica.
    fn admits_leader(&self, from: NodeId, epoch: Epoch) -> Result<(), Violation> {
        let another = self.leader().is_some_and(|leader| leader != from);
        if epoch == self.epoch() && another {
            Err(Violation::SecondLeader(epoch))
        } else {
            Ok(())
        }
    }
}

fn in_range(index: Index) -> Result<(), Violation> {
    if index > Index::LIMIT {
        Err(Violation::IndexOutOfRange(index))
    } else {
        Ok(())
    }
}

/// Each id follows the one before it; returns the last.
fn consecutive(prev: EntryId, ids: impl Iterator<Item = EntryId>) -> Result<EntryId, Violation> {
    let mut last = prev;
    for id in ids {
        if id.index != last.index.next() || id.epoch < last.epoch || id.epoch == Epoch::ZERO {
            return Err(Violation::NotConsecutive(id));
        }
        last = id;
    }
    Ok(last)
}
