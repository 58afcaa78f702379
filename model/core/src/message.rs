//! What replicas of one partition say to each other.

use crate::{Entries, EntryId, Epoch, Index, Snapshot};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message between two replicas of a partition. A receiver whose epoch is higher stays silent: silence is
/// the denial, and the sender learns of the higher epoch from its leader.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Message {
    /// A candidate asks for a vote in `epoch` (Raft §5.2). It leaves only when the candidate's own vote, and
    /// with it everything in its log up to `last`, is synced.
    RequestVote {
        /// The epoch campaigned in.
        epoch: Epoch,
        /// The candidate's last entry: its freshness.
        last: EntryId,
    },
    /// A durable vote for the receiver in `epoch`.
    Vote {
        /// The epoch voted in.
        epoch: Epoch,
    },
    /// The leader of `epoch` replicates entries, or none as a heartbeat (Raft §5.3).
    Append {
        /// The leader's epoch.
        epoch: Epoch,
        /// The entry just before `entries`, which the receiver must have.
        prev: EntryId,
        /// How far the leader knows the log to be committed.
        commit: Index,
        /// The entries that follow `prev`.
        entries: Entries,
    },
    /// The sender's log is durable and equal to the leader's up to `matched`.
    Appended {
        /// The epoch of the append that is acknowledged.
        epoch: Epoch,
        /// The last index that is known to match.
        matched: Index,
    },
    /// The sender does not have the entry `prev` of an append.
    Rejected {
        /// The epoch of the append that is rejected.
        epoch: Epoch,
        /// The index of the `prev` that did not match: it tells the leader which append this answers.
        prev: Index,
        /// The sender's entry at the highest index at which the logs may agree.
        hint: EntryId,
    },
    /// A replica that hears no leader in `epoch` asks whether it would be elected in the next one (pre-vote, §9.6 of
    /// Raft's thesis). It gives up nothing by asking, and neither does who answers.
    PreVote {
        /// The sender's epoch, not the one that it would campaign in: so a question disturbs nobody who is in it. (Etcd asks
        /// in the next epoch, and exempts these messages from the rule of epochs instead.)
        epoch: Epoch,
        /// The sender's last entry: its freshness.
        last: EntryId,
    },
    /// The sender hears no leader either, and would vote for the receiver.
    PreVoted {
        /// The epoch of the question.
        epoch: Epoch,
    },
    /// The leader of `epoch` no longer has the entries that the receiver needs, and sends the state that they led to
    /// (Raft §7). It is answered with `Appended`.
    Snapshot {
        /// The leader's epoch.
        epoch: Epoch,
        /// What it has applied.
        snapshot: Snapshot,
    },
    /// The leader of `epoch` asks whether it is still followed: a round of ReadIndex.
    Confirm {
        /// The leader's epoch.
        epoch: Epoch,
        /// Which round.
        round: u64,
    },
    /// The sender follows the leader of `epoch`, or did a moment ago, after `round` began.
    Confirmed {
        /// The leader's epoch.
        epoch: Epoch,
        /// The round that is answered.
        round: u64,
    },
    /// The leader of `epoch` hands over: the receiver has all of its log, and is to campaign at once (§3.10 of Raft's
    /// thesis).
    TimeoutNow {
        /// The leader's epoch.
        epoch: Epoch,
    },
    /// The sender, a learner, has the leader's log up to `reached`. It is `Appended` of one whose copies do not count.
    Learned {
        /// The epoch of the append that is answered.
        epoch: Epoch,
        /// The sender's refill.
        incarnation: u64,
        /// The last index that is known to match.
        reached: Index,
    },
    /// The sender, a learner, does not have the entry `prev` of an append: `Rejected` of one whose leader may not know yet
    /// that it has lost its disk.
    Lacking {
        /// The epoch of the append that is rejected.
        epoch: Epoch,
        /// The sender's refill.
        incarnation: u64,
        /// As in `Rejected`.
        prev: Index,
        /// As in `Rejected`.
        hint: EntryId,
    },
}

impl Message {
    /// The epoch in which the message was said.
    pub fn epoch(&self) -> Epoch {
        match self {
            Message::RequestVote { epoch, .. }
            | Message::Vote { epoch }
            | Message::Append { epoch, .. }
            | Message::Appended { epoch, .. }
            | Message::Rejected { epoch, .. }
            | Message::PreVote { epoch, .. }
            | Message::PreVoted { epoch }
            | Message::Snapshot { epoch, .. }
            | Message::Confirm { epoch, .. }
            | Message::Confirmed { epoch, .. }
            | Message::TimeoutNow { epoch }
            | Message::Learned { epoch, .. }
            | Message::Lacking { epoch, .. } => *epoch,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::RequestVote { epoch, last } => write!(f, "RequestVote {epoch} last {last}"),
            Message::Vote { epoch } => write!(f, "Vote {epoch}"),
            Message::Append {
                epoch,
                prev,
                commit,
                entries,
            } => {
                write!(f, "Append {epoch} prev {prev} commit {commit} entries [")?;
                for (place, entry) in entries.iter().enumerate() {
                    write!(f, "{}{}", if place == 0 { "" } else { " " }, entry.id)?;
                }
                f.write_str("]")
            }
            Message::Appended { epoch, matched } => write!(f, "Appended {epoch} matched {matched}"),
            Message::Confirm { epoch, round } => write!(f, "Confirm {epoch} round {round}"),
            Message::Confirmed { epoch, round } => write!(f, "Confirmed {epoch} round {round}"),
            Message::Rejected { epoch, prev, hint } => {
                write!(f, "Rejected {epoch} prev {prev} hint {hint}")
            }
            Message::Learned {
                epoch,
                incarnation,
                reached,
            } => write!(f, "Learned {epoch} incarnation {incarnation} reached {reached}"),
            Message::Lacking {
                epoch,
                incarnation,
                prev,
                hint,
            } => write!(
                f,
                "Lacking {epoch} incarnation {incarnation} prev {prev} hint {hint}"
            ),
            Message::PreVote { epoch, last } => write!(f, "PreVote {epoch} last {last}"),
            Message::PreVoted { epoch } => write!(f, "PreVoted {epoch}"),
            Message::TimeoutNow { epoch } => write!(f, "TimeoutNow {epoch}"),
            Message::Snapshot { epoch, snapshot } => {
                let Snapshot { lineage, state } = snapshot;
                write!(f, "Snapshot {epoch} of {lineage} with {state}")
            }
        }
    }
}
