//! What can happen next.

use crate::client::CLIENT;
use crate::idle::Idle;
use crate::network::Msg;
use katakv_core::{AckLevel, Elected, EntryId, NodeId, Timer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One step of the system. Each changes one replica, or none, and is atomic.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// A message arrives.
    Deliver {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// What it says.
        msg: Msg,
    },
    /// The armed timer of a replica fires.
    Timeout {
        /// Whose.
        node: NodeId,
        /// Which.
        timer: Timer,
    },
    /// The oldest record that a replica has in flight becomes durable.
    Sync {
        /// Whose.
        node: NodeId,
    },
    /// A client's writes reach the leader, as one batch.
    Write {
        /// The leader.
        node: NodeId,
        /// When they are to be acknowledged.
        level: AckLevel,
        /// How many.
        count: u8,
    },
    /// A client's linearizable read reaches a leader.
    Read {
        /// The leader.
        node: NodeId,
    },
    /// A replica crashes and restarts.
    Crash {
        /// Which.
        node: NodeId,
        /// How many of its un-synced records, the oldest ones, are found afterwards.
        keep: u8,
        /// How many there were.
        of: u8,
        /// What the crash does to the applied store.
        store: StoreFate,
    },
    /// A client's changes of both keys reach the leader, under a condition on the one that is written.
    Transact {
        /// The leader.
        node: NodeId,
        /// When it is to be acknowledged.
        level: AckLevel,
        /// The version that the client takes the key for.
        expects: Option<EntryId>,
    },
    /// The client actor sends its next request to a replica.
    Ask {
        /// Which.
        node: NodeId,
    },
    /// A leader is asked to hand over.
    Transfer {
        /// The leader.
        node: NodeId,
        /// Who is to lead next.
        to: NodeId,
    },
    /// The store of a replica is synced, and its log may drop what that has.
    Compact {
        /// Whose.
        node: NodeId,
    },
    /// Something reaches a replica that must change nothing.
    Idle {
        /// Which replica.
        node: NodeId,
        /// What.
        what: Idle,
    },
    /// A replica crashes, and what it had synced is not all there when it restarts: it is refilled.
    Lose {
        /// Which.
        node: NodeId,
        /// What is the matter with its disk.
        loss: Loss,
    },
    /// The client's numbered write reaches a leader, for the first time or again.
    Once {
        /// The leader.
        node: NodeId,
        /// Which write.
        write: u8,
        /// When it is to be acknowledged.
        level: AckLevel,
        /// What the client takes the key for.
        expects: Expects,
        /// Up to which number the client says that it is done.
        done: u8,
    },
    /// A client's registration reaches a leader.
    Register {
        /// The leader.
        node: NodeId,
    },
    /// The router hears the result of an election.
    Hear {
        /// The result.
        result: Elected,
    },
    /// The router forgets everything.
    Forget,
    /// The clock of a node shows the next time. Each has its own, and nothing else moves it.
    Tick {
        /// Whose.
        node: NodeId,
    },
    /// A leader is told what its clock shows, and keys are due.
    Expire {
        /// The leader.
        node: NodeId,
    },
}

/// What a client takes the key for that it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Expects {
    /// For whatever it is.
    Anything,
    /// For a key that is not there.
    Absent,
    /// For the version that this entry wrote.
    Version(EntryId),
}

impl fmt::Display for Expects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expects::Anything => Ok(()),
            Expects::Absent => write!(f, " if the key is absent"),
            Expects::Version(version) => write!(f, " if the key is {version}"),
        }
    }
}

/// What may be the matter with a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Loss {
    /// It is empty.
    Disk,
    /// A synced record is damaged, and the one after it is not: it is no torn tail.
    Record,
}

/// What a crash does to the store that committed entries are applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StoreFate {
    /// The disk has all of it: it is as it was.
    Kept,
    /// The disk has what was synced when the log was last compacted, or nothing: the rest is applied again.
    Lost,
}

impl Action {
    /// The replica that the action happens at, or [`CLIENT`]: the router is on the client's side of the network.
    pub fn node(&self) -> NodeId {
        match self {
            Action::Deliver { to, .. } => *to,
            Action::Timeout { node, .. }
            | Action::Sync { node }
            | Action::Write { node, .. }
            | Action::Read { node }
            | Action::Crash { node, .. }
            | Action::Ask { node }
            | Action::Transfer { node, .. }
            | Action::Transact { node, .. }
            | Action::Once { node, .. }
            | Action::Register { node }
            | Action::Compact { node }
            | Action::Idle { node, .. }
            | Action::Tick { node }
            | Action::Expire { node }
            | Action::Lose { node, .. } => *node,
            Action::Hear { .. } | Action::Forget => CLIENT,
        }
    }
}

/// Told in words wherever it is shown: by Stateright's Explorer, too.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Deliver { from, to, msg } => write!(f, "{from} → {to}: {msg}"),
            Action::Timeout {
                node,
                timer: Timer::Election,
            } => write!(f, "{node} hears no leader"),
            Action::Timeout {
                node,
                timer: Timer::Heartbeat,
            } => write!(f, "{node} sends heartbeats"),
            Action::Sync { node } => write!(f, "{node} syncs its oldest un-synced record"),
            Action::Write {
                node,
                level,
                count: 1,
            } => write!(
                f,
                "a client writes at {node}, to be acknowledged at level {level}"
            ),
            Action::Write { node, level, count } => {
                write!(
                    f,
                    "a client writes {count} values at {node}, to be acknowledged at level {level}"
                )
            }
            Action::Read { node } => write!(f, "a linearizable read arrives at {node}"),
            Action::Crash {
                node,
                keep,
                of,
                store,
            } => {
                write!(f, "{node} crashes, ")?;
                match of {
                    0 => write!(f, "with nothing un-synced")?,
                    _ => write!(f, "keeping {keep} of {of} un-synced records")?,
                }
                if *store == StoreFate::Lost {
                    write!(f, " and nothing of its store")?;
                }
                write!(f, ", and restarts")
            }
            Action::Transact {
                node,
                level,
                expects: Some(version),
            } => write!(
                f,
                "a client changes two keys at {node} if the one is {version}, to be acknowledged at level {level}"
            ),
            Action::Transact {
                node,
                level,
                expects: None,
            } => write!(
                f,
                "a client changes two keys at {node} if the one is absent, to be acknowledged at level {level}"
            ),
            Action::Once {
                node,
                write,
                level,
                expects,
                done,
            } => {
                let seq = write + 1;
                write!(
                    f,
                    "the client sends its write {seq} to {node}{expects}, done to {done}, "
                )?;
                write!(f, "to be acknowledged at level {level}")
            }
            Action::Register { node } => write!(f, "a client registers at {node}"),
            Action::Ask { node } => write!(f, "the client asks {node}"),
            Action::Hear { result } => {
                let (leader, epoch) = (result.leader, result.epoch.0);
                write!(f, "the router hears that {leader} was elected in epoch {epoch}")
            }
            Action::Forget => write!(f, "the router forgets everything"),
            Action::Transfer { node, to } => write!(f, "{node} is asked to hand over to {to}"),
            Action::Idle { node, what } => write!(f, "{node} gets {what}"),
            Action::Lose {
                node,
                loss: Loss::Disk,
            } => write!(f, "{node} loses its disk, and is refilled"),
            Action::Lose {
                node,
                loss: Loss::Record,
            } => write!(
                f,
                "{node} crashes, finds a synced record damaged, and is refilled"
            ),
            Action::Tick { node } => write!(f, "the clock of {node} goes on by one"),
            Action::Expire { node } => write!(f, "{node} looks at its clock, and keys are due"),
            Action::Compact { node } => write!(f, "{node}'s store is synced, and its log compacted"),
        }
    }
}
