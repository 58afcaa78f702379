//! The values in the frames.

use katakv_core::{
    AckLevel, Bytes, Entry, EntryId, Epoch, Index, Lineage, Message, NodeId, Once, Op, Partition, REPLICAS,
    Reply, Standing, Transaction,
};
use serde::{Deserialize, Serialize};

/// Which cluster: nodes, disks, routers and tokens of different clusters never mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClusterId(pub u64);

/// The first frame of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hello {
    /// A node will send [`PeerFrame`]s.
    Peer {
        /// Its cluster.
        cluster: ClusterId,
        /// Who it is.
        from: NodeId,
    },
    /// A client or router will send [`ClientFrame`]s.
    Client {
        /// The cluster that it expects, if it knows: a session token names it.
        cluster: Option<ClusterId>,
    },
}

/// What one node sends to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerFrame {
    /// The group that the message belongs to.
    pub partition: Partition,
    /// What it says.
    pub message: Message,
}

/// What goes over the connection from one node to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeFrame {
    /// A message of the protocol.
    Message(PeerFrame),
    /// A part of a state, or the answer to one.
    State(StateFrame),
}

/// A part of a state on its way from a leader to a follower, or what the follower says to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateFrame {
    /// Whose state it is.
    pub partition: Partition,
    /// The leader's number for it.
    pub transfer: u64,
    /// The part.
    pub part: StatePart,
}

/// See [`StateFrame`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatePart {
    /// Pages follow.
    Begin {
        /// The leader's epoch.
        epoch: Epoch,
        /// Which epoch owns which index, up to the state's last entry.
        lineage: Lineage,
    },
    /// Some of its keys, with what the engine keeps under them.
    Page {
        /// Which, from 1.
        number: u64,
        /// The keys, and what is under them.
        items: Vec<(Bytes, Bytes)>,
        /// Whether it is the last one.
        is_last: bool,
    },
    /// The follower has stored the pages up to this one. If it is the last one, all of it is on its disk.
    Taken {
        /// The page.
        number: u64,
    },
    /// The follower knows nothing of this state, or no more.
    Refused,
}

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientFrame {
    /// The client's number for the answer.
    pub id: u64,
    /// What it asks.
    pub request: ClientRequest,
}

/// Which page of a scan of a partition is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedPage {
    /// The partition.
    pub partition: Partition,
    /// What the keys begin with.
    pub prefix: Bytes,
    /// The last key of the page before.
    pub after: Option<Bytes>,
    /// How many keys are wanted; a page of fewer does not mean that there are no more.
    pub keys_max: u32,
}

impl WantedPage {
    /// The request for it, in a session that has seen `seen`.
    pub(crate) fn request(&self, seen: EntryId, wait_ms: u32) -> ClientRequest {
        ClientRequest::Scan {
            wanted: self.clone(),
            seen,
            wait_ms,
        }
    }
}

/// What a client can ask of a node or, in the same words, of a router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientRequest {
    /// Change a key.
    Write {
        /// The change.
        op: Op,
        /// When to acknowledge it.
        level: AckLevel,
    },
    /// Read a key.
    Read {
        /// The key.
        key: Bytes,
        /// The newest entry of the key's partition that the session has seen.
        seen: EntryId,
        /// How long the node may wait to catch up before it answers `NotCaughtUp`, in milliseconds.
        wait_ms: u32,
    },
    /// How are you?
    Status,
    /// Change keys of one partition together, under conditions.
    Transact {
        /// The conditions and changes.
        transaction: Transaction,
        /// When to acknowledge it.
        level: AckLevel,
    },
    /// What became of an entry? Any node answers for what it knows.
    Fate {
        /// The entry's partition.
        partition: Partition,
        /// The entry.
        at: EntryId,
    },
    /// Read a key as of a moment between the request and its answer; only the leader does.
    LinearizableRead {
        /// The key.
        key: Bytes,
    },
    /// Which operations has `node` in quarantine that are gone for good? Others do not answer, a router passes it on.
    Quarantine {
        /// The node.
        node: NodeId,
        /// The partition.
        partition: Partition,
        /// The entry to begin at.
        from: EntryId,
    },
    /// Some of the node's own state of a partition, as of one moment: for backups.
    StatePage {
        /// The partition.
        partition: Partition,
        /// The image that the node has named, or `None` for a new one.
        image: Option<u64>,
        /// The last key of the page before.
        after: Option<Bytes>,
    },
    /// Become known to a partition. The answer's entry is the client's name there.
    Register {
        /// The partition.
        partition: Partition,
    },
    /// Change keys of one partition together, once however often it is asked for. Whoever gets no answer asks the same again.
    Once {
        /// The changes, and whose they are.
        once: Once,
        /// When to acknowledge them.
        level: AckLevel,
    },
    /// Which elections has the node won? It answers when it serves in a later epoch than the asker has heard of, or after a
    /// while, with none. Asked again and again, it is a subscription.
    Watch {
        /// For each partition, in order, the last epoch in which the asker has heard that this node leads; 0 for none.
        known: Vec<Epoch>,
    },
    /// Read a key in whatever state the node has, however old. Any node answers whose replica counts, and says how old.
    AnyRead {
        /// The key.
        key: Bytes,
    },
    /// Has an entry reached a level? Only the leader knows.
    Await {
        /// The entry's partition.
        partition: Partition,
        /// The entry.
        at: EntryId,
        /// The level.
        level: AckLevel,
        /// How long the node may wait for it before it answers `NotYet`, in milliseconds.
        wait_ms: u32,
    },
    /// Read the keys of a partition that begin alike, a page of them. Any node answers that has caught up with the session.
    Scan {
        /// Which page.
        wanted: WantedPage,
        /// The newest entry of the partition that the session has seen.
        seen: EntryId,
        /// How long the node may wait to catch up before it answers `NotCaughtUp`, in milliseconds.
        wait_ms: u32,
    },
    /// What does `node` use of its disk, and how far are those behind that it leads? Others do not answer, a router passes it on.
    Usage {
        /// The node.
        node: NodeId,
    },
    /// `to` is to lead the partition. Its leader begins to hand over and says so; `to` itself says, once it serves, in which epoch.
    Transfer {
        /// The partition.
        partition: Partition,
        /// Who is to lead it.
        to: NodeId,
    },
}

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
}

/// What a node uses of its disk, and what it knows of the replicas that follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Its cluster.
    pub cluster: ClusterId,
    /// The node.
    pub node: NodeId,
    /// How many bytes the files of its WAL take.
    pub wal_bytes: u64,
    /// How many bytes the files of its store take.
    pub store_bytes: u64,
    /// How many bytes of its disk are free; `None` if the system does not say.
    pub free_bytes: Option<u64>,
    /// What it leads, in order.
    pub leads: Vec<Led>,
}

/// What a leader knows of its partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    /// The partition.
    pub partition: Partition,
    /// How many entries are durable here, not committed, and acknowledged to whoever has asked for level `leader`: what a failover may
    /// take back.
    pub unreplicated: u64,
    /// How far each follower is behind.
    pub behind: Vec<Behind>,
}

/// How far a follower is behind its leader's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// The follower.
    pub node: NodeId,
    /// How many entries it is not known to have on its disk.
    pub entries: u64,
    /// How many bytes of operations those have; at least, if the log does not hold all of them any more.
    pub bytes: u64,
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

/// A node's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Which node it is.
    pub node: NodeId,
    /// Its partitions, in order.
    pub partitions: Vec<PartitionStatus>,
}

/// A replica's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionStatus {
    /// The partition.
    pub partition: Partition,
    /// Its epoch.
    pub epoch: Epoch,
    /// Who leads, as far as it knows.
    pub leader: Option<NodeId>,
    /// Whether it leads and accepts writes.
    pub serving: bool,
    /// The last entry in its log.
    pub last: EntryId,
    /// How far its log is durable here.
    pub durable: Index,
    /// How far the log is known to be committed.
    pub commit: Index,
    /// The last entry applied.
    pub applied: EntryId,
    /// Whether it counts, or is being refilled.
    pub standing: Standing,
}
