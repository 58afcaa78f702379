//! The commands of the scripts.

use super::arguments::{Asked, Clock, Id, Lags, Level, Name, Part};
use super::forged::Forged;

/// What a script can say. Nodes are `n0`, `n1`, `n2`; entries `e1:2`.
#[derive(goldenscript::Command)]
pub enum Command {
    /// Begins anew, with these bounds.
    Limits {
        #[arg(key, optional)]
        window: Option<u32>,
        /// Entries in one append.
        #[arg(key, optional)]
        entries: Option<u32>,
        #[arg(key, optional)]
        uncommitted: Option<u32>,
        #[arg(key, optional)]
        push_commit: Option<bool>,
        /// Linearizable reads that may wait.
        #[arg(key, optional)]
        reads: Option<u32>,
        /// Acknowledged and un-replicated.
        #[arg(key, optional)]
        leader_acks: Option<u32>,
        #[arg(key, optional)]
        pre_vote: Option<bool>,
        #[arg(key, optional)]
        quorum_heartbeats: Option<u32>,
        #[arg(key, optional)]
        transfer_heartbeats: Option<u32>,
        /// Clients that are remembered.
        #[arg(key, optional)]
        clients: Option<u32>,
        /// Keys that one entry lets expire.
        #[arg(key, optional)]
        expired: Option<u32>,
    },

    /// A timer fires: `timeout n0 election`.
    Timeout(Name, Clock),

    /// The oldest records in flight, or all of them, are durable now: `sync n0 count=1`.
    Sync {
        at: Name,
        #[arg(key, optional)]
        count: Option<u32>,
    },

    /// Delivers what is in the network now; not what it causes. `skip` leaves the oldest ones behind.
    Deliver {
        #[arg(key, optional)]
        from: Option<Name>,
        #[arg(key, optional)]
        to: Option<Name>,
        #[arg(key, optional)]
        skip: Option<usize>,
        #[arg(key, optional)]
        count: Option<usize>,
    },

    /// Loses messages.
    Drop {
        #[arg(key, optional)]
        from: Option<Name>,
        #[arg(key, optional)]
        to: Option<Name>,
        #[arg(key, optional)]
        skip: Option<usize>,
        #[arg(key, optional)]
        count: Option<usize>,
    },

    /// The network repeats messages.
    Duplicate {
        #[arg(key, optional)]
        from: Option<Name>,
        #[arg(key, optional)]
        to: Option<Name>,
        #[arg(key, optional)]
        skip: Option<usize>,
        #[arg(key, optional)]
        count: Option<usize>,
    },

    /// What is in the network.
    Network,

    /// A message that nobody honest has sent, in the words in which messages are shown.
    Forge {
        #[arg(key)]
        from: Name,
        #[arg(key)]
        to: Name,
        message: Forged,
    },

    /// Whatever is sent to or by these nodes from now on is lost.
    Isolate(Vec<Name>),

    /// Nobody is isolated any more.
    Heal,

    /// Writes, as one batch: `put n0 a=1 b=2 level=all`; with a time to live, `put n0 a=1 ttl=50 now=1000`.
    Put {
        at: Name,
        #[arg(key, optional)]
        level: Level,
        #[arg(key, optional)]
        ttl: Option<u64>,
        #[arg(key, optional)]
        now: u64,
        pairs: Vec<(String, String)>,
    },

    /// Deletes keys, as one batch.
    Delete {
        at: Name,
        keys: Vec<String>,
        #[arg(key, optional)]
        level: Level,
    },

    /// A read of a session that has seen an entry: `get n2 a seen="e1:2"`.
    Get {
        at: Name,
        key: String,
        #[arg(key, optional)]
        seen: Option<Id>,
    },

    /// Changes as one, under conditions: `transact n0 "a is e1:2" "b is absent" "put a=1" "delete b"`.
    Transact {
        at: Name,
        #[arg(key, optional)]
        level: Level,
        parts: Vec<Part>,
    },

    /// A client registers.
    Register(Name),

    /// A numbered write of a client: `once n0 "put a=1" of="e1:2" seq=1 done=0`. Parts are those of `transact`.
    Once {
        at: Name,
        #[arg(key)]
        of: Id,
        #[arg(key)]
        seq: u64,
        #[arg(key, optional)]
        done: u64,
        #[arg(key, optional)]
        level: Level,
        parts: Vec<Part>,
    },

    /// What became of entries: `fate n2 "e1:2" "e1:3"`.
    Fate(Name, Vec<Id>),

    /// A linearizable read: `read n0 a`.
    Read { at: Name, key: String },

    /// Several requests as one input: `batch n0 "put a=1" "get a" "delete a level=all" "once e1:2 1 put b=1"`.
    Batch(Name, Vec<Asked>),

    /// The power fails; the `keep` oldest records in flight survive. The replica restarts at once, with the store
    /// that it had or, as `store=lags`, with what its own disk has.
    Crash {
        at: Name,
        #[arg(key, optional)]
        keep: usize,
        #[arg(key, optional)]
        store: Option<Lags>,
    },

    /// The disk is lost. The replica restarts at once with an empty one, as a learner: `lose n1 incarnation=1`.
    Lose {
        at: Name,
        #[arg(key)]
        incarnation: u64,
    },

    /// The store's disk has all that is applied; the log may drop it, or what is up to an index: `compact n0 to=3`.
    Compact {
        at: Name,
        #[arg(key, optional)]
        to: Option<u64>,
    },

    /// Another replica is to lead: `transfer n0 to=n1`, or whoever has got farthest.
    Transfer {
        at: Name,
        #[arg(key, optional)]
        to: Option<Name>,
    },

    /// The clock of a node shows this: `clock n0 1050`.
    Clock { at: Name, now: u64 },

    /// What the replica would come back as if the power failed now, for each prefix that may survive.
    Survivors(Name),

    /// The replicas' states; of all, or of those named.
    Status(#[arg(optional, many)] Vec<Name>),

    /// A whole election up to the leader's barrier, which is in flight then.
    Elect(Name),

    /// Syncs and delivers everything until nothing is left to do.
    Settle,
}
