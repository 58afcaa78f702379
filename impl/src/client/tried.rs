//! What an operation tried, node by node: the substance of its error when nothing worked.

use super::calls::CallError;
use crate::wire::ClusterId;
use katakv_core::{EntryId, NodeId, REPLICAS};
use std::collections::BTreeMap;
use std::fmt;

/// What came of asking one node once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No answer.
    Failed(CallError),
    /// It has not applied what the session has seen.
    NotCaughtUp {
        /// How far it has applied.
        applied: EntryId,
    },
    /// It does not lead the partition.
    NotLeader {
        /// Who it thinks does.
        leader: Option<NodeId>,
    },
    /// It leads, but not yet for certain.
    NotServing,
    /// Its queue is full.
    Busy,
    /// It leads, and is about to let another one lead.
    HandingOver {
        /// Which one.
        to: NodeId,
    },
    /// It takes no writes, for want of room on its disk.
    DiskFull,
    /// It gives no further key of the partition a time to live.
    LivesFull,
    /// It answered a session read with a state from before what the session has seen. A sound node never does.
    Stale {
        /// The state it answered from.
        at: EntryId,
    },
    /// It does not hold the partition. Its configuration is another one than the asker's.
    Elsewhere {
        /// Who does, as it says.
        replicas: [NodeId; REPLICAS],
    },
    /// There is no such node.
    NoSuchNode,
    /// It belongs to another cluster.
    OtherCluster(ClusterId),
    /// It does not know the client any more whose numbered write this is, and others may have carried it out.
    ClientExpired,
    /// It answered something that is no answer to what was asked. A sound node never does.
    Nonsense,
}

/// For each node how often it was asked, and what came of it last: no larger than the cluster, however long it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    nodes: BTreeMap<NodeId, (Outcome, u32)>,
}

impl Tried {
    /// Remembers what came of asking `node`.
    pub fn note(&mut self, node: NodeId, outcome: Outcome) {
        let times = self.nodes.get(&node).map_or(0, |(_, times)| *times);
        self.nodes.insert(node, (outcome, times.saturating_add(1)));
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Failed(error) => write!(f, "{error}"),
            Outcome::NotCaughtUp { applied } => write!(f, "not caught up, has applied {applied}"),
            Outcome::NotLeader { leader: Some(leader) } => write!(f, "not the leader, {leader} is"),
            Outcome::NotLeader { leader: None } => f.write_str("knows no leader"),
            Outcome::NotServing => f.write_str("leads, but does not serve yet"),
            Outcome::Busy => f.write_str("busy"),
            Outcome::HandingOver { to } => write!(f, "hands over to {to}"),
            Outcome::DiskFull => {
                f.write_str("its disk is nearly full, it takes no writes until there is room")
            }
            Outcome::LivesFull => f.write_str(
                "as many keys of the partition have a time to live as its `lives_max` allows; there is room when some have expired",
            ),
            Outcome::Stale { at } => write!(f, "answered from {at}, before what the session has seen"),
            Outcome::Elsewhere { replicas: [a, b, c] } => {
                write!(
                    f,
                    "does not hold the partition, {a}, {b} and {c} do: is the configuration the same?"
                )
            }
            Outcome::NoSuchNode => f.write_str("there is no such node"),
            Outcome::OtherCluster(cluster) => write!(f, "belongs to cluster {cluster}"),
            Outcome::ClientExpired => f.write_str("does not know any more what became of it"),
            Outcome::Nonsense => f.write_str("answered something else than what was asked"),
        }
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (node, (outcome, times)) in &self.nodes {
            write!(f, "{separator}{node}: {outcome}")?;
            if *times > 1 {
                write!(f, " (asked {times} times)")?;
            }
            separator = "; ";
        }
        if separator.is_empty() {
            f.write_str("no node was asked: no time was left")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_node_and_what_came_of_it() {
        let mut tried = Tried::default();
        assert_eq!(tried.to_string(), "no node was asked: no time was left");
        tried.note(NodeId(2), Outcome::Busy);
        tried.note(NodeId(2), Outcome::NotServing);
        tried.note(NodeId(0), Outcome::NotLeader { leader: None });
        assert_eq!(
            tried.to_string(),
            "n0: knows no leader; n2: leads, but does not serve yet (asked 2 times)"
        );
    }
}
