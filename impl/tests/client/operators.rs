//! What an operator sees of a cluster, and does with it.

use crate::cli::{expect_code, katakv, katakv_at, stderr, stdout};
use crate::end_to_end::{Dev, Stopped};
use crate::nodes::Nodes;
use crate::patient;
use crate::quarantine::put;
use katakv::client::Client;
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

#[tokio::test]
async fn a_partition_is_led_by_whom_the_operator_wants_and_writes_follow() {
    let dev = Dev::start().await;
    let partition = Partition::of_key(b"k");
    let client = Client::nodes(dev.nodes(), patient());
    let leader = put(&client, "k", "one").await.node;
    let [to, third]: [NodeId; 2] = Nodes::others(leader).collect::<Vec<_>>().try_into().unwrap();
    let [name, to_text, third_text] = [partition.to_string(), to.0.to_string(), third.0.to_string()];
    let command = ["transfer", &name, "--to", &to_text, "--deadline-ms", "60000"];
    let router = dev.router();
    let output = katakv(&[&command[..], &["--router", &router]].concat()).await;
    expect_code(&output, 0);
    let says = format!("{to} leads {partition} in e");
    assert!(stdout(&output).starts_with(&says), "{}", stdout(&output));
    // It leads already, or again if there was an election in between.
    let again = katakv_at(dev.nodes(), &command).await;
    expect_code(&again, 0);
    assert!(stdout(&again).starts_with(&says), "{}", stdout(&again));
    put(&client, "k", "two").await;

    let _stopped = Stopped::new(&dev.pids[usize::from(third.0)]);
    let command = ["transfer", &name, "--to", &third_text, "--deadline-ms", "4000"];
    let in_vain = katakv_at(dev.nodes(), &command).await;
    expect_code(&in_vain, 5);
    assert!(
        stderr(&in_vain).contains("not handed over"),
        "{}",
        stderr(&in_vain)
    );
    put(&client, "k", "three").await;
}
