//! What a client asks.

use katakv_core::{AckLevel, Bytes, EntryId, Epoch, NodeId, Once, Op, Partition, Transaction};
use serde::{Deserialize, Serialize};

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
