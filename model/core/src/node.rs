//! A replica's state.
//!
//! Four watermarks move along the log, each at its own pace:
//!
//! ```text
//!   index   1   2   3   4   5   6   7   8
//!                   |       |   |       |
//!                applied    |   |      last      appended, in memory
//!                        commit |                on a majority of disks, as far as known
//!                            durable             on this replica's disk
//! ```
//!
//! `applied <= commit <= last` and `applied <= durable <= last`; `commit` and `durable` may cross: a follower can
//! learn that a majority has an entry before its own disk does. Only an entry below both is applied. So is a leader's
//! state, which stands for the entries up to its last one: until its record is durable, the store stays as it is.

use crate::gate::Gate;
use crate::{
    AckLevel, Config, EntryId, Epoch, Expiry, HardState, Image, Index, Log, MemLog, MemStore, NodeId,
    Outcome, REPLICAS, Reads, RequestId, Snapshot, Store, Transfer, Unapplied,
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How many votes elect a leader.
pub(crate) const VOTE_QUORUM: usize = REPLICAS / 2 + 1;

/// One replica of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Node<L, S> {
    pub(crate) config: Config,
    pub(crate) hard: HardState,
    pub(crate) log: L,
    pub(crate) store: S,
    pub(crate) commit: Index,
    pub(crate) gate: Gate,
    pub(crate) role: Role,
    /// A leader's state that is not durable yet; the log begins after it already.
    pub(crate) staged: Option<Snapshot>,
}

/// What a replica is, in its epoch.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one a replica, and a leader's is the one that is worked with"
)]
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// It listens to a leader, once it knows who that is.
    Follower {
        /// The epoch's leader.
        leader: Option<NodeId>,
    },
    /// It asks for votes.
    Candidate {
        /// Who has voted for it, itself included once its own vote is synced.
        votes: Vec<NodeId>,
    },
    /// It leads.
    Leader(Leadership),
    /// It hears no leader, and asks whether it would be elected before it disturbs anybody.
    PreCandidate {
        /// Who would vote for it, itself included.
        granted: Vec<NodeId>,
    },
}

/// What a leader keeps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Leadership {
    /// Its first entry: it serves once this is committed.
    pub barrier: Index,
    /// The window of each follower, in the order of `Config::peers`.
    pub progress: [Progress; REPLICAS - 1],
    /// Writes that have not reached their level, in the order of the log.
    pub pending: VecDeque<PendingWrite>,
    /// Linearizable reads, and the rounds that confirm this leader.
    pub reads: Reads,
    /// Its handing over to another one, while it does so.
    pub transfer: Option<Transfer>,
    /// Clients' writes and registrations that are in the log and not applied yet.
    pub unapplied: Unapplied,
    /// What it has put into its log about time.
    pub expiry: Expiry,
}

/// What a leader knows of one follower, and the window of appends that it has in flight there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Progress {
    /// The follower's log is durable and equal to the leader's up to here.
    pub matched: Index,
    /// The next entry to send.
    pub next: Index,
    /// Whether the leader is looking for the place where the logs agree: one append at a time, until one succeeds.
    /// Otherwise it pipelines.
    pub probing: bool,
    /// The last index of each append in flight, oldest first.
    pub spans: VecDeque<Index>,
    /// The highest commit index that an append told the follower. Only kept with `Limits::push_commit`.
    pub announced: Index,
    /// How many heartbeats were sent since the follower was last heard. Only kept with `Limits::quorum_heartbeats`, and
    /// only up to it.
    pub unheard: u32,
    /// The last refill of the follower that this leader was told of; 0 for none.
    pub incarnation: u64,
    /// The entry that makes the refilled follower a member. What was acknowledged below it may be the word of the one that
    /// lost its disk.
    pub joins: Index,
    /// Whether this leader has sent the follower a state: it may have got past entries that it never had.
    pub was_sent_state: bool,
}

/// A write that waits for its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PendingWrite {
    /// Whom to answer.
    pub request: RequestId,
    /// Its entry.
    pub index: Index,
    /// What it waits for.
    pub level: AckLevel,
    /// What became of it: known of a blind write at once, of a conditional one when it is applied.
    pub outcome: Option<Outcome>,
}

impl<L: Log, S: Store> Node<L, S> {
    /// Who this is.
    pub fn id(&self) -> NodeId {
        self.config.id
    }

    /// What it was told once.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its epoch and vote, as of the last step; not necessarily durable.
    pub fn hard(&self) -> HardState {
        self.hard
    }

    /// Its epoch.
    pub fn epoch(&self) -> Epoch {
        self.hard.epoch
    }

    /// Its role.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Its log.
    pub fn log(&self) -> &L {
        &self.log
    }

    /// Its store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The last entry applied.
    pub fn applied(&self) -> EntryId {
        self.store.applied()
    }

    /// How far the log is known to be committed.
    pub fn commit(&self) -> Index {
        self.commit
    }

    /// How far the log is durable here.
    pub fn durable(&self) -> Index {
        self.gate.durable()
    }

    /// How many records are in flight to the disk.
    pub fn records_in_flight(&self) -> u32 {
        self.gate.records_in_flight()
    }

    /// How many effects wait for the disk.
    pub fn gated(&self) -> usize {
        self.gate.held()
    }

    /// Who leads, as far as this replica knows.
    pub fn leader(&self) -> Option<NodeId> {
        match &self.role {
            Role::Follower { leader } => *leader,
            Role::Candidate { .. } | Role::PreCandidate { .. } => None,
            Role::Leader(_) => Some(self.config.id),
        }
    }

    /// The leader's state that waits for the disk, and then for the store.
    pub fn staged(&self) -> Option<&Snapshot> {
        self.staged.as_ref()
    }

    /// Whether it leads and accepts writes: its barrier is committed.
    pub fn serving(&self) -> bool {
        matches!(&self.role, Role::Leader(leadership) if leadership.barrier <= self.commit)
    }

    /// The replica without its log and store: all that names its members, and small. The checker renames it.
    pub fn outline(&self) -> Node<(), ()> {
        Node {
            config: self.config,
            hard: self.hard,
            log: (),
            store: (),
            commit: self.commit,
            gate: self.gate.clone(),
            role: self.role.clone(),
            staged: self.staged.clone(),
        }
    }

    /// The same replica as the checker would hold it: with a store in memory, and with the state that waits for the disk
    /// whole, as `whole` tells it. For comparing a node of production with the model's.
    pub fn to_mem(&self, store: MemStore, whole: impl Fn(&Image) -> Image) -> Node<MemLog, MemStore> {
        let mut log = MemLog::default();
        let compacted = self.log.compacted().index;
        log.rebase(self.log.lineage(compacted));
        for entry in self.log.entries_after(compacted, usize::MAX, usize::MAX) {
            log.append(entry);
        }
        Node {
            config: self.config,
            hard: self.hard,
            log,
            store,
            commit: self.commit,
            gate: self.gate.clone(),
            role: self.role.clone(),
            staged: self.staged.as_ref().map(|staged| Snapshot {
                lineage: staged.lineage.clone(),
                state: whole(&staged.state),
            }),
        }
    }

    /// What must hold between any two steps.
    pub(crate) fn assert_watermarks(&self) {
        let (applied, durable, last) = (self.applied().index, self.durable(), self.log.last());
        assert!(
            applied <= self.commit && self.commit <= last.index,
            "applied <= commit <= last"
        );
        assert!(
            applied <= durable && durable <= last.index,
            "applied <= durable <= last"
        );
        assert!(
            self.log.compacted().index <= applied || self.staged.is_some(),
            "what is compacted is applied"
        );
        assert!(
            last.epoch <= self.hard.epoch,
            "a log holds nothing of epochs to come"
        );
    }
}
