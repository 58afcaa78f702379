//! What a client is answered.

use super::ClusterId;
use super::status::{Status, Usage};
use katakv_core::{Bytes, Entry, EntryId, Epoch, Lineage, NodeId, Partition, REPLICAS, Reply};
use serde::{Deserialize, Serialize};

/// What a node or router sends back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFrame {
    /// The number of the request that this answers.
    pub id: u64,
    /// The answer.
    pub reply: ClientReply,
}

/// The answer to a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientReply {
    /// The protocol's answer, from `node`.
    Protocol {
        /// The cluster that answers: it goes into the session's token.
        cluster: ClusterId,
        /// The node that answered.
        node: NodeId,
        /// The answer.
        reply: Reply,
    },
    /// A node's state.
    Status(Status),
    /// The request breaks a limit; it was not carried out. Do not retry it as it is.
    Invalid(String),
    /// The router could not get an answer: what it tried, in words. A write may or may not have been carried out if
    /// `maybe_done`.
    Unavailable {
        /// What was tried.
        tried: String,
        /// Whether a write may have been carried out all the same.
        maybe_done: bool,
    },
    /// A part of what a node has in quarantine.
    Quarantine(Quarantined),
    /// The node's disk is nearly full: it takes no writes until there is room, and has not carried this one out.
    DiskFull {
        /// Its cluster.
        cluster: ClusterId,
        /// The node.
        node: NodeId,
    },
    /// A page of a node's state.
    StatePage {
        /// The node's name for the image; it forgets one that is not asked for within half a minute.
        image: u64,
        /// With the first page: which epoch owns which index, up to the state's last entry.
        lineage: Option<Lineage>,
        /// Keys, with what the engine keeps under them.
        items: Vec<(Bytes, Bytes)>,
        /// Whether it is the last page.
        is_last: bool,
    },
    /// The node is about to close the connection. What it has not answered on it by now was not carried out, and will not
    /// be: ask another one. The frame's number means nothing.
    Goodbye,
    /// The elections that a node has won.
    Elected(Elections),
    /// The node does not hold the partition. It has carried out nothing: ask those who do.
    Elsewhere {
        /// Its cluster.
        cluster: ClusterId,
        /// The node.
        node: NodeId,
        /// Those that hold it.
        replicas: [NodeId; REPLICAS],
    },
    /// What a node uses.
    Usage(Usage),
    /// As many keys of the partition have a time to live as may have one. The node has not carried the write out; there is room again
    /// when some have expired.
    LivesFull {
        /// Its cluster.
        cluster: ClusterId,
        /// The node.
        node: NodeId,
    },
}

/// The elections that a node has won, and in whose epochs it serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elections {
    /// Its cluster.
    pub cluster: ClusterId,
    /// The node.
    pub node: NodeId,
    /// The epoch that it leads in, partition by partition.
    pub won: Vec<(Partition, Epoch)>,
}

/// A part of what a node has in quarantine of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Its cluster.
    pub cluster: ClusterId,
    /// The node.
    pub node: NodeId,
    /// Entries that are gone for good, in order.
    pub entries: Vec<Entry>,
    /// Where to go on, if there may be more.
    pub next: Option<EntryId>,
}
