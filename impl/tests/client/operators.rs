//! What an operator sees of a cluster, and does with it.

use crate::cli::{expect_code, katakv_at, stdout};
use crate::nodes::Nodes;
use crate::patient;
use crate::quarantine::put;
use katakv_core::{NodeId, Partition};
use serde_json::Value;

async fn status(nodes: &Nodes) -> Value {
    let output = katakv_at(nodes.addresses, &["status", "--json", "--deadline-ms", "60000"]).await;
    expect_code(&output, 0);
    serde_json::from_str(stdout(&output)).unwrap()
}

#[tokio::test]
async fn the_status_tells_disk_use_and_who_lacks_what() {
    let mut nodes = Nodes::start();
    let partition = Partition::of_key(b"k");
    let leader = put(&nodes.client(patient()), "k", "one").await.node;
    let down = Nodes::others(leader).next().unwrap();
    nodes.kill(down);
    let written = put(&nodes.client(patient()), "k", "two").await;
    let status_json = status(&nodes).await;

    let of_node = |node: NodeId| &status_json["nodes"][usize::from(node.0)];
    assert_eq!(of_node(down)["up"], false);
    for size in ["wal_bytes", "store_bytes", "free_bytes"] {
        assert!(
            of_node(written.node)[size].as_u64() > Some(0),
            "{size}: {status_json}"
        );
        assert_eq!(of_node(down)[size], Value::Null);
    }
    let of_partition = &status_json["partitions"][usize::from(partition.0)];
    assert_eq!(of_partition["partition"], partition.to_string());
    assert_eq!(of_partition["leader"], written.node.to_string());
    assert_eq!(of_partition["on_leader_alone"], 0);
    let behind = of_partition["behind"].as_array().unwrap();
    let lacks = behind
        .iter()
        .find(|behind| behind["node"] == down.to_string())
        .unwrap();
    assert!(
        lacks["entries"].as_u64() > Some(0) && lacks["bytes"].as_u64() > Some(0),
        "{lacks}"
    );

    let table = katakv_at(nodes.addresses, &["status"]).await;
    expect_code(&table, 0);
    let line = format!("behind: {down} lacks ");
    assert!(stdout(&table).contains(&line), "{}", stdout(&table));
}
