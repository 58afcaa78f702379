//! Where a node stands among the three that hold a partition, in order of their ids: the place of whatever is kept of each.

use super::lane::Replica;
use katakv_core::{Config, NodeId, REPLICAS};

/// Those that hold a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Members([NodeId; REPLICAS]);

impl Members {
    /// As one of them knows them.
    pub(super) fn of(config: &Config) -> Members {
        let [one, other] = config.peers;
        let mut members = [config.id, one, other];
        members.sort();
        Members(members)
    }

    /// The place of `who`, if it is one of them.
    pub(super) fn place(&self, who: NodeId) -> Option<usize> {
        self.0.iter().position(|member| *member == who)
    }
}

/// The place of a replica.
pub(super) fn place(node: &Replica) -> usize {
    let config = node.config();
    config.peers.iter().filter(|peer| **peer < config.id).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::Limits;

    #[test]
    fn three_of_five_have_three_places_whoever_tells() {
        let all = [NodeId(4), NodeId(0), NodeId(2)];
        let members = all.map(|id| Members::of(&Config::new(id, all, Limits::default())));
        assert_eq!(members, [members[0]; REPLICAS]);
        let places = [0, 1, 2, 3, 4].map(|id| members[0].place(NodeId(id)));
        assert_eq!(places, [Some(0), None, Some(1), None, Some(2)]);
    }
}
