//! Which nodes hold which partition: three of them each, said once in the configuration, and the same everywhere.
//!
//! With three nodes there is nothing to say: each holds every partition. With more, whoever operates the cluster says it:
//!
//! ```
//! use katakv::placement::{Placement, PlacementError};
//! use katakv_core::{NodeId, Partition};
//!
//! let spread = Placement::spread(5)?;
//! assert_eq!(spread.replicas(Partition(9)), [NodeId(4), NodeId(0), NodeId(1)]);
//! assert!(!spread.holds(NodeId(2), Partition(9)));
//! assert_eq!(Placement::spread(3)?, Placement::OF_THREE);
//!
//! // Said for four partitions, and not for all ten.
//! let said = Placement::new(5, Some(&[[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 0]].map(Vec::from)));
//! assert_eq!(said, Err(PlacementError::Partitions { found: 4 }));
//! # Ok::<(), PlacementError>(())
//! ```
//!
//! # Why it is static
//! The replicas of a partition are the voters of its elections. To take one out and another one in is a protocol of its own (Raft
//! §6, joint consensus), which this store does not have: a node that began to hold a partition because a file had changed would
//! vote without having what it promised. So a node's log and store are of the placement under which they were begun, and open
//! under no other one ([`Placement::checksum`]). Nor is there a default with more than three nodes: with another node it would be
//! another placement.

use katakv_core::{NodeId, PARTITIONS, Partition, REPLICAS};
use std::fmt;
use std::net::SocketAddr;

/// How many nodes there can be: more could not all hold something.
pub const NODES_MAX: usize = REPLICAS * PARTITIONS as usize;

/// Which three nodes hold each partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    nodes: u8,
    /// By partition; each in the order in which it was said.
    replicas: [[NodeId; REPLICAS]; PARTITIONS as usize],
}

/// The nodes of a cluster, as those see it who talk to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// Where they are, in order of their ids.
    pub addresses: Vec<SocketAddr>,
    /// Which of them hold which partition.
    pub placement: Placement,
}

/// Why it is no placement. Correct the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlacementError {
    /// A cluster has at least three nodes, and no more than could hold something.
    #[error("{found} nodes are named, where there must be {REPLICAS} to {NODES_MAX}. Correct `nodes`")]
    Nodes {
        /// How many were named.
        found: usize,
    },
    /// With more than three nodes somebody has to say it.
    #[error(
        "there are {nodes} nodes: say which {REPLICAS} of them hold each partition. Spread evenly, in a cluster that is yet to \
         begin:\nplacement = {}", Said(.spread)
    )]
    Missing {
        /// How many nodes there are.
        nodes: usize,
        /// One that could be said.
        spread: Placement,
    },
    /// It does not name the nodes of every partition.
    #[error("`placement` is of {found} partitions, and there are {PARTITIONS}. Say it for each, in order")]
    Partitions {
        /// Of how many it is.
        found: usize,
    },
    /// A partition does not have three replicas.
    #[error("`placement` gives {partition} {found} replicas, where it must have {REPLICAS}. Correct it")]
    Replicas {
        /// Which partition.
        partition: Partition,
        /// How many it has.
        found: usize,
    },
    /// A partition is on a node that there is not.
    #[error("`placement` puts {partition} on {node}, and there are only {nodes} nodes, n0 first. Correct it")]
    NoSuchNode {
        /// Which partition.
        partition: Partition,
        /// The node.
        node: NodeId,
        /// How many nodes there are.
        nodes: usize,
    },
    /// Two replicas of a partition are on one node.
    #[error(
        "`placement` puts {partition} on {node} twice: a disk that is lost would take two copies. Correct it"
    )]
    Twice {
        /// Which partition.
        partition: Partition,
        /// The node.
        node: NodeId,
    },
    /// A node would have nothing to do.
    #[error("`placement` puts nothing on {node}. Give it some partitions, or take it out of `nodes`")]
    Idle {
        /// The node.
        node: NodeId,
    },
}

impl Placement {
    /// Of three nodes: each holds every partition.
    pub const OF_THREE: Placement = Placement {
        nodes: REPLICAS as u8,
        replicas: [[NodeId(0), NodeId(1), NodeId(2)]; PARTITIONS as usize],
    };

    /// What `said` says, partition by partition, of so many nodes. With three nodes it need not be said.
    ///
    /// # Errors
    /// [`PlacementError`]
    pub fn new(nodes: usize, said: Option<&[Vec<u8>]>) -> Result<Placement, PlacementError> {
        let spread = Placement::spread(nodes)?;
        let said = match said {
            Some(said) => said,
            None if nodes == REPLICAS => return Ok(Placement::OF_THREE),
            None => return Err(PlacementError::Missing { nodes, spread }),
        };
        if said.len() != usize::from(PARTITIONS) {
            return Err(PlacementError::Partitions { found: said.len() });
        }
        let mut placement = spread;
        for (partition, said) in Partition::all().zip(said) {
            placement.replicas[usize::from(partition.0)] = replicas(nodes, partition, said)?;
        }
        let idle = placement
            .nodes()
            .find(|node| placement.partitions_of(*node).next().is_none());
        idle.map_or(Ok(placement), |node| Err(PlacementError::Idle { node }))
    }

    /// Evenly over so many nodes: each partition on three that follow each other; of three, [`Placement::OF_THREE`].
    ///
    /// # Errors
    /// [`PlacementError::Nodes`]
    pub fn spread(nodes: usize) -> Result<Placement, PlacementError> {
        if !(REPLICAS..=NODES_MAX).contains(&nodes) {
            return Err(PlacementError::Nodes { found: nodes });
        }
        if nodes == REPLICAS {
            return Ok(Placement::OF_THREE);
        }
        let node = |place: usize| NodeId((place % nodes) as u8);
        let first = |partition: usize| partition * nodes / usize::from(PARTITIONS);
        let of = |partition: usize| std::array::from_fn(|replica| node(first(partition) + replica));
        Ok(Placement {
            nodes: nodes as u8,
            replicas: std::array::from_fn(of),
        })
    }

    /// The nodes, in order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes).map(NodeId)
    }

    /// Those that hold `partition`.
    pub fn replicas(&self, partition: Partition) -> [NodeId; REPLICAS] {
        self.replicas[usize::from(partition.0)]
    }

    /// Whether `node` holds `partition`.
    pub fn holds(&self, node: NodeId, partition: Partition) -> bool {
        self.replicas(partition).contains(&node)
    }

    /// What `node` holds, in order.
    pub fn partitions_of(&self, node: NodeId) -> impl Iterator<Item = Partition> + use<> {
        let placement = *self;
        Partition::all().filter(move |partition| placement.holds(node, *partition))
    }

    /// The nodes that hold a partition together with `node`, in order: those it has to do with.
    pub fn peers_of(&self, node: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        let placement = *self;
        let shares = move |peer: NodeId| {
            placement
                .partitions_of(node)
                .any(|shared| placement.holds(peer, shared))
        };
        self.nodes().filter(move |peer| *peer != node && shares(*peer))
    }

    /// Of this placement and no other one, as far as a checksum can tell: for what a node's disk says about whose it is. 0 of
    /// [`Placement::OF_THREE`]. The order of a partition's replicas does not matter.
    pub fn checksum(&self) -> u32 {
        if *self == Placement::OF_THREE {
            return 0;
        }
        let mut bytes = vec![self.nodes];
        for replicas in &self.replicas {
            let mut ids = replicas.map(|node| node.0);
            ids.sort_unstable();
            bytes.extend(ids);
        }
        crc32c::crc32c(&bytes)
    }
}

fn replicas(nodes: usize, partition: Partition, said: &[u8]) -> Result<[NodeId; REPLICAS], PlacementError> {
    let found = said.len();
    let ids: [u8; REPLICAS] = said
        .try_into()
        .map_err(|_| PlacementError::Replicas { partition, found })?;
    let replicas = ids.map(NodeId);
    for (place, node) in replicas.into_iter().enumerate() {
        if usize::from(node.0) >= nodes {
            return Err(PlacementError::NoSuchNode {
                partition,
                node,
                nodes,
            });
        }
        if replicas[..place].contains(&node) {
            return Err(PlacementError::Twice { partition, node });
        }
    }
    Ok(replicas)
}

impl From<[SocketAddr; REPLICAS]> for Nodes {
    fn from(addresses: [SocketAddr; REPLICAS]) -> Nodes {
        Nodes {
            addresses: addresses.into(),
            placement: Placement::OF_THREE,
        }
    }
}

impl Nodes {
    /// At `addresses`, with what `said` says of them.
    ///
    /// # Errors
    /// [`PlacementError`]
    pub fn new(addresses: Vec<SocketAddr>, said: Option<&[Vec<u8>]>) -> Result<Nodes, PlacementError> {
        let placement = Placement::new(addresses.len(), said)?;
        Ok(Nodes { addresses, placement })
    }
}

/// As it is said in a configuration.
struct Said<'a>(&'a Placement);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.0.replicas.map(|replicas| replicas.map(|node| node.0));
        write!(f, "{ids:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each node holds, of so many.
    fn loads(placement: &Placement) -> Vec<usize> {
        let load = |node| placement.partitions_of(node).count();
        placement.nodes().map(load).collect()
    }

    #[test]
    fn a_spread_leaves_no_node_idle_and_none_with_much_more_than_another() {
        for nodes in REPLICAS..=NODES_MAX {
            let spread = Placement::spread(nodes).unwrap();
            let loads = loads(&spread);
            let (least, most) = (*loads.iter().min().unwrap(), *loads.iter().max().unwrap());
            assert!(least >= 1 && most - least <= 2, "{nodes} nodes: {loads:?}");
            // It can be said in a file.
            let said: Vec<Vec<u8>> = spread
                .replicas
                .iter()
                .map(|ids| ids.map(|id| id.0).into())
                .collect();
            assert_eq!(Placement::new(nodes, Some(&said)), Ok(spread));
        }
        assert_eq!(loads(&Placement::spread(5).unwrap()), [6; 5]);
        assert_eq!(Placement::spread(2), Err(PlacementError::Nodes { found: 2 }));
        assert_eq!(Placement::spread(31), Err(PlacementError::Nodes { found: 31 }));
    }

    #[test]
    fn three_nodes_need_none_and_more_are_told_one() {
        assert_eq!(Placement::new(3, None), Ok(Placement::OF_THREE));
        let missing = Placement::new(4, None).unwrap_err().to_string();
        assert!(
            missing.contains("placement = [[0, 1, 2], [0, 1, 2], [0, 1, 2], [1, 2, 3], "),
            "{missing}"
        );
    }

    #[test]
    fn each_mistake_has_its_error() {
        let (partition, node) = (Partition(7), NodeId(3));
        for (wrong, error) in [
            (vec![0, 1], PlacementError::Replicas { partition, found: 2 }),
            (vec![0, 1, 2, 3], PlacementError::Replicas { partition, found: 4 }),
            (vec![0, 3, 3], PlacementError::Twice { partition, node }),
            (
                vec![0, 1, 4],
                PlacementError::NoSuchNode {
                    partition,
                    node: NodeId(4),
                    nodes: 4,
                },
            ),
        ] {
            let mut said = vec![vec![1, 2, 3]; 10];
            said[0] = vec![0, 1, 2];
            said[7] = wrong;
            assert_eq!(Placement::new(4, Some(&said)), Err(error));
        }
        let idle = Err(PlacementError::Idle { node });
        assert_eq!(Placement::new(4, Some(&vec![vec![0, 1, 2]; 10])), idle);
    }

    #[test]
    fn a_checksum_is_of_one_placement_and_of_three_nodes_as_ever() {
        assert_eq!(Placement::OF_THREE.checksum(), 0);
        let spreads = (4..=NODES_MAX).map(|nodes| Placement::spread(nodes).unwrap().checksum());
        let mut sums: Vec<u32> = spreads.collect();
        sums.sort_unstable();
        sums.dedup();
        assert_eq!(sums.len(), NODES_MAX - 3);
        let said = |first: [u8; 3]| {
            let mut said = vec![vec![1, 2, 3]; 10];
            said[0] = first.into();
            Placement::new(4, Some(&said)).unwrap().checksum()
        };
        assert_eq!(said([0, 1, 2]), said([2, 0, 1]));
        assert_ne!(said([0, 1, 2]), said([0, 1, 3]));
    }

    #[test]
    fn peers_are_those_with_whom_something_is_shared() {
        let spread = Placement::spread(9).unwrap();
        assert_eq!(
            spread.peers_of(NodeId(4)).map(|node| node.0).collect::<Vec<_>>(),
            [2, 3, 5, 6]
        );
        let peers = Placement::OF_THREE.peers_of(NodeId(1));
        assert_eq!(peers.collect::<Vec<_>>(), [NodeId(0), NodeId(2)]);
    }
}
