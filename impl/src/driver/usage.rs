//! What a leader knows of those who follow it, for whoever looks after the cluster.

use super::{Driver, Replica};
use crate::wire::{Behind, Led};
use katakv_core::{AckLevel, Index, Log, Partition, Role, Sound};

/// How many entries are looked at to tell how many bytes a follower lacks.
const LOOKED_AT_MAX: u64 = 16 << 10;

impl Driver {
    /// Of its partitions those that the node leads, in order.
    pub fn leads(&self) -> Vec<Led> {
        let led = |(partition, node): (&Partition, &Replica)| led(*partition, node);
        self.nodes.iter().filter_map(led).collect()
    }
}

fn led(partition: Partition, node: &Replica) -> Option<Led> {
    let Role::Leader(leadership) = node.role() else {
        return None;
    };
    let acknowledged = node.reached_to(&Sound, AckLevel::Leader)?;
    let followers = node.config().peers.into_iter().zip(&leadership.progress);
    Some(Led {
        partition,
        unreplicated: acknowledged.0.saturating_sub(node.commit().0),
        behind: followers
            .map(|(follower, progress)| Behind {
                node: follower,
                entries: node.log().last().index.0 - progress.matched.0,
                bytes: bytes_after(node.log(), progress.matched),
            })
            .collect(),
    })
}

/// How many bytes the first entries after `after` have that the log still holds.
fn bytes_after(log: &impl Log, after: Index) -> u64 {
    let first = after.max(log.compacted().index).next();
    let end = log.last().index.0.min(first.0.saturating_add(LOOKED_AT_MAX - 1));
    let entries = (first.0..=end).filter_map(|index| log.entry(Index(index)));
    entries.map(|entry| entry.bytes() as u64).sum()
}
