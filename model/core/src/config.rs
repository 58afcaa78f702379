//! What a replica is told once: who it is, who its peers are, and its bounds.

use crate::{NodeId, REPLICAS};
use serde::{Deserialize, Serialize};

/// A replica's place in its partition group, and its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Config {
    /// This replica.
    pub id: NodeId,
    /// The other two, in ascending order.
    pub peers: [NodeId; REPLICAS - 1],
    /// Its bounds.
    pub limits: Limits,
}

impl Config {
    /// The replica `id` of the group `members`, in which it must be.
    pub fn new(id: NodeId, members: [NodeId; REPLICAS], limits: Limits) -> Config {
        assert!(
            limits.window > 0
                && limits.uncommitted_max > 0
                && limits.clients_max > 0
                && limits.expired_max > 0,
            "a replica that may not send or accept is none"
        );
        let mut sorted = members;
        sorted.sort();
        assert!(
            sorted.windows(2).all(|pair| pair[0] != pair[1]),
            "members are distinct: {members:?}"
        );
        let peers: Vec<NodeId> = sorted.into_iter().filter(|member| *member != id).collect();
        let peers = peers.try_into().expect("a replica is a member of its own group");
        Config { id, peers, limits }
    }

    /// A peer's place in [`Config::peers`].
    pub fn place_of(&self, peer: NodeId) -> Option<usize> {
        self.peers.iter().position(|member| *member == peer)
    }
}

/// The bounds of a replica's memory and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// How many appends a follower may have un-acknowledged.
    pub window: u32,
    /// How many entries one append carries at most.
    pub append_entries_max: u32,
    /// How many bytes of entries one append carries at most (but at least one entry).
    pub append_bytes_max: u32,
    /// How many entries may wait to be committed and durable on the leader; past it, writes are answered `Busy`.
    /// Those at level `all` are, too, when so many writes wait for their level.
    pub uncommitted_max: u32,
    /// How many linearizable reads may wait; past it, they are answered `Busy`.
    pub reads_waiting_max: u32,
    /// Whether a leader tells idle followers of a commit at once, rather than with the next append or heartbeat.
    /// It changes when followers can answer session reads, not what they answer.
    pub push_commit: bool,
    /// How many entries beyond the commit index may be acknowledged at level `leader`. Further ones wait until commits
    /// advance: a leader that is cut off must not go on promising what a failover will truncate.
    pub leader_acks_max: u32,
    /// Whether a replica asks, before it campaigns, if it would be elected (pre-vote).
    ///
    /// Without it a replica campaigns in any state in which its timer fires, which includes every state in which with
    /// it one does: so whatever is safe without it is safe with it. What it must be checked for is that it keeps its
    /// promise, and that it does not keep elections from happening.
    pub pre_vote: bool,
    /// After how many heartbeats without a word from any follower a leader steps down (check-quorum); 0 for never.
    /// Stepping down is what a leader does at any moment when it hears of a higher epoch, so it takes nothing away
    /// from what is safe without it.
    pub quorum_heartbeats: u32,
    /// After how many heartbeats a leader that hands over gives up waiting for its target, and accepts writes again.
    pub transfer_heartbeats: u32,
    /// Whether the operations that a log gives up are kept. Nothing but the answer about a lost write's fate looks at them,
    /// so whatever else is promised is promised without them.
    pub quarantine: bool,
    /// How many clients a leader keeps known; whoever registers beyond takes the place of the one that was active the
    /// longest ago. Replicas need not agree about it: the log says who is forgotten.
    pub clients_max: u32,
    /// How many keys one entry lets expire at most. Replicas need not agree about it: the log says how many.
    pub expired_max: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            window: 64,
            append_entries_max: 1024,
            append_bytes_max: 1 << 20,
            uncommitted_max: 16 * 1024,
            reads_waiting_max: 16 * 1024,
            push_commit: true,
            leader_acks_max: 1024,
            pre_vote: true,
            // At 50 ms each, the longest election timeout: by then the others have noticed the silence, too.
            quorum_heartbeats: 8,
            // As long as it takes to notice a leader that is gone: waiting for longer is worse than not handing over.
            transfer_heartbeats: 8,
            quarantine: true,
            clients_max: 1024,
            expired_max: 1024,
        }
    }
}
