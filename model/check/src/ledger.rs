//! What clients were told, and what of the scope's budgets is spent.

use crate::action::Expects;
use crate::digest::{digest, mix};
use crate::history::History;
use crate::system::MEMBERS;
use katakv_core::{AckLevel, Entry, EntryId, Index, Log, MemLog, NodeId, RequestId};

/// A write that was acknowledged. What the properties promise, they promise about these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Which write: every one has a value of its own.
    pub write: u8,
    /// Its entry, which is the session's token.
    pub at: EntryId,
    /// At which level.
    pub level: AckLevel,
    /// By whom.
    pub node: NodeId,
}

/// A transaction whose condition did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Its entry.
    pub at: EntryId,
    /// The version that the key was said to have.
    pub version: Option<EntryId>,
}

/// The history of a run, as far as properties and budgets need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Every acknowledged write, in the order of the writes.
    pub acks: Vec<Ack>,
    /// The levels that were asked for, by write: its length is how many writes there were.
    pub levels: Vec<AckLevel>,
    /// Which of the writes were transactions, in order.
    pub transactions: Vec<u8>,
    /// What its leader's clock showed when a write was asked for, in milliseconds, by write. Only kept where writes have a time to
    /// live.
    pub taken_ms: Vec<u64>,
    /// How many times a node's clock went on.
    pub ticks: u8,
    /// How many times a leader looked at its clock.
    pub expiries: u8,
    /// Every conflict that a client was told of.
    pub conflicts: Vec<Conflict>,
    /// How many crashes there were.
    pub crashes: u8,
    /// How many heartbeat timers fired.
    pub heartbeats: u8,
    /// How many election timers fired and led to a question.
    pub asks: u8,
    /// Which replicas have had a reason, since an epoch began, to think that nobody leads: a set of bits, by name. Only
    /// kept with `Limits::pre_vote`.
    pub doubts: u8,
    /// The promises about steps that were broken, as bits. Sound rules set none.
    pub broken: u16,
    /// How many times a log was compacted.
    pub compactions: u8,
    /// How many times a leader was asked to hand over.
    pub transfers: u8,
    /// How many disks were lost. The last number is the incarnation of the replica that was refilled last.
    pub losses: u8,
    /// Which replicas have lost their disk at some time: a set of bits, by name.
    pub lost: u8,
    /// Which of them have not had the entry committed in their log since that makes them members. Kept beside the replicas,
    /// so that properties need not take their word for it.
    pub lacking: u8,
    /// The entries that some log has dropped, from index 1: what a whole log would still hold. No replica knows of it.
    pub dropped: Vec<Entry>,
    /// When what was asked and answered, in scopes with linearizable reads.
    pub history: Option<History>,
    /// What is known of numbered writes, in scopes that have them.
    pub numbered: Numbered,
}

/// Clients and their numbered writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Numbered {
    /// How many registrations there were.
    pub registrations: u8,
    /// The name of the first client that has registered: the writes are its.
    pub client: Option<EntryId>,
    /// What each write takes the key for.
    pub expects: Vec<Expects>,
    /// Which writes a leader has told the outcome of, as bits. The client need not have heard of it.
    pub told: u8,
    /// How many times a write was sent again.
    pub retries: u8,
}

impl Numbered {
    /// Up to which number the client may say that it is done: it has been told of all those.
    pub(crate) fn done_max(&self) -> u8 {
        self.told.trailing_ones() as u8
    }
}

impl Ledger {
    /// The entries of `log` up to `to` are about to be known by their lineage alone, here or at a follower.
    pub(crate) fn remember(&mut self, log: &MemLog, to: Index) {
        let known = self.dropped.len();
        let more = (to.0 as usize).saturating_sub(known);
        if more > 0 {
            let entries = log.entries_after(Index(known as u64), more, usize::MAX);
            self.dropped.extend(entries);
        }
    }

    /// The write that `request` asked for was acknowledged by `node`. Writes are numbered as they come.
    pub(crate) fn acknowledge(&mut self, request: RequestId, at: EntryId, node: NodeId) {
        let level = self.levels[request.0 as usize];
        let write = request.0 as u8;
        if let (Some(history), true) = (&mut self.history, level != AckLevel::Leader) {
            history.write_ends(write);
        }
        let ack = Ack {
            write,
            at,
            level,
            node,
        };
        // A write that was sent again is acknowledged again, by the same leader or another.
        if self.acks.contains(&ack) {
            return;
        }
        let place = self.acks.partition_point(|other| other.write <= ack.write);
        self.acks.insert(place, ack);
    }

    /// `node` has a reason to think that nobody leads.
    pub(crate) fn doubt(&mut self, node: NodeId) {
        self.doubts |= 1 << node.0;
    }

    /// Whether `node` has had one.
    pub(crate) fn has_doubted(&self, node: NodeId) -> bool {
        self.doubts >> node.0 & 1 == 1
    }

    /// `node` has lost its disk.
    pub(crate) fn lose(&mut self, node: NodeId) {
        self.losses += 1;
        self.lost |= 1 << node.0;
        self.lacking |= 1 << node.0;
    }

    /// `node` has what makes it a member again.
    pub(crate) fn make_good(&mut self, node: NodeId) {
        self.lacking &= !(1 << node.0);
    }

    /// Whether `node` has ever lost its disk.
    pub(crate) fn has_lost(&self, node: NodeId) -> bool {
        self.lost >> node.0 & 1 == 1
    }

    /// Whether `node` has lost its disk and not been made good.
    pub(crate) fn lacks(&self, node: NodeId) -> bool {
        self.lacking >> node.0 & 1 == 1
    }

    /// How many writes there were that are no transactions.
    pub(crate) fn writes(&self) -> usize {
        self.levels.len() - self.transactions.len()
    }

    /// The next write is a transaction.
    pub(crate) fn transact(&mut self, level: AckLevel) {
        self.transactions.push(self.levels.len() as u8);
        self.levels.push(level);
    }

    /// A client was told that its transaction did nothing.
    pub(crate) fn refuse(&mut self, at: EntryId, version: Option<EntryId>) {
        let conflict = Conflict { at, version };
        if self.conflicts.contains(&conflict) {
            return;
        }
        let place = self.conflicts.partition_point(|other| other.at < at);
        self.conflicts.insert(place, conflict);
    }

    pub(crate) fn digest_renamed(&self, name: impl Fn(NodeId) -> NodeId) -> u64 {
        let renamed = |set: u8| {
            MEMBERS
                .into_iter()
                .filter(|member| set >> member.0 & 1 == 1)
                .fold(0, |bits, member| bits | 1u64 << name(member).0)
        };
        let doubts = renamed(self.doubts);
        let spent = mix([
            u64::from(self.crashes),
            u64::from(self.heartbeats),
            u64::from(self.broken) << 16 | u64::from(self.asks) << 8 | doubts,
            self.levels.len() as u64,
            u64::from(self.transfers) << 32
                | u64::from(self.losses) << 24
                | renamed(self.lost) << 16
                | renamed(self.lacking) << 8
                | u64::from(self.compactions),
            digest(&self.dropped),
        ]);
        let asked = self
            .levels
            .iter()
            .fold(spent, |sum, level| mix([sum, *level as u64]));
        let acknowledged = self.acks.iter().fold(asked, |sum, ack| {
            let EntryId { epoch, index } = ack.at;
            let who = u64::from(ack.write) << 16 | (ack.level as u64) << 8 | u64::from(name(ack.node).0);
            mix([sum, who, epoch.0, index.0])
        });
        // The rest adds nothing where there are no transactions, numbered writes or linearizable reads.
        let transactions = self
            .transactions
            .iter()
            .fold(acknowledged, |sum, write| mix([sum, u64::from(*write)]));
        let conflicted = self.conflicts.iter().fold(transactions, |sum, conflict| {
            mix([sum, digest(&(conflict.at, conflict.version))])
        });
        let numbered = match self.numbered.registrations {
            0 => conflicted,
            _ => mix([conflicted, digest(&self.numbered)]),
        };
        let numbered = match (self.ticks, self.expiries) {
            (0, 0) => numbered,
            of_time => mix([numbered, digest(&(of_time, &self.taken_ms))]),
        };
        match &self.history {
            Some(history) => mix([numbered, history.digest()]),
            None => numbered,
        }
    }
}
