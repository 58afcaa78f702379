//! The state of a cluster as JSON, for programs: the same as in the table, and all of it. Ids are as they are printed elsewhere.

use super::{epoch, leader, replicas, usage};
use crate::client::ClusterStatus;
use crate::wire::{Behind, PartitionStatus};
use katakv_core::{NodeId, Partition};
use serde_json::{Value, json};

/// All that is known.
pub(super) fn of(status: &ClusterStatus) -> Value {
    let known = status.nodes.iter().flatten().next();
    let nodes = (0..).map(NodeId).zip(&status.nodes);
    json!({
        "cluster": known.map(|known| known.cluster.to_string()),
        "nodes": nodes.map(|(node, state)| of_node(status, node, state.is_some())).collect::<Vec<_>>(),
        "partitions": Partition::all().map(|partition| of_partition(status, partition)).collect::<Vec<_>>(),
        "failures": status.failures,
    })
}

fn of_node(status: &ClusterStatus, node: NodeId, is_up: bool) -> Value {
    let usage = status.usage.iter().find(|usage| usage.node == node);
    json!({
        "node": node.to_string(),
        "up": is_up,
        "wal_bytes": usage.map(|usage| usage.wal_bytes),
        "store_bytes": usage.map(|usage| usage.store_bytes),
        "free_bytes": usage.and_then(|usage| usage.free_bytes),
    })
}

fn of_partition(status: &ClusterStatus, partition: Partition) -> Value {
    let replicas = replicas(status, partition);
    let led = usage::led(status, partition);
    let of = |(node, state): (NodeId, &Option<PartitionStatus>)| {
        let state = state.as_ref()?;
        Some(json!({
            "node": node.to_string(),
            "last": state.last.to_string(),
            "durable": state.durable.0,
            "commit": state.commit.0,
            "applied": state.applied.to_string(),
            "counts": state.standing.is_member(),
        }))
    };
    let behind = |behind: &Behind| {
        json!({
            "node": behind.node.to_string(),
            "entries": behind.entries,
            "bytes": behind.bytes,
        })
    };
    json!({
        "partition": partition.to_string(),
        "leader": leader(&replicas).map(|leader| leader.to_string()),
        "epoch": epoch(&replicas).0,
        "on_leader_alone": led.map(|led| led.unreplicated),
        "behind": led.map(|led| led.behind.iter().map(behind).collect::<Vec<_>>()),
        "replicas": (0..).map(NodeId).zip(&replicas).filter_map(of).collect::<Vec<_>>(),
    })
}
