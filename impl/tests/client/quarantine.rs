//! A failover takes back what the leader alone had acknowledged; the old leader returns and still has it.

use crate::cli::{expect_code, katakv_at, stderr, stdout};
use crate::nodes::Nodes;
use crate::{hurried, patient};
use katakv::client::{Client, Written};
use katakv::session::Session;
use katakv_core::{AckLevel, EntryId, NodeId, Partition};
use std::time::Duration;

/// A key beside `k` in its partition.
pub fn beside_k() -> String {
    let keys = (0..).map(|number: u32| format!("j{number}"));
    let same = |key: &String| Partition::of_key(key.as_bytes()) == Partition::of_key(b"k");
    keys.into_iter().find(same).unwrap()
}

/// Writes until it is acknowledged at quorum: while nodes come and go, an outcome may be unknown.
pub async fn put(client: &Client, key: &str, value: &str) -> Written {
    loop {
        let session = &mut Session::default();
        if let Ok(written) = client.put(session, key, value, AckLevel::Quorum).await {
            return written;
        }
    }
}

/// A put and a delete, acknowledged by a leader that is alone; who that was. A leader that hears nobody steps down after
/// a while; if it does so before it is asked, all begins anew.
pub async fn lose_writes(nodes: &mut Nodes, other: &str) -> (NodeId, [EntryId; 2]) {
    loop {
        // The same client: to be known to the partition takes a majority.
        let alone = nodes.client(hurried());
        put(&alone, other, "kept").await;
        let leader = put(&alone, "k", "kept").await.node;
        Nodes::others(leader).for_each(|node| nodes.kill(node));
        let mut session = Session::default();
        let put = alone.put(&mut session, "k", "lost", AckLevel::Leader).await;
        let delete = alone.delete(&mut session, other, AckLevel::Leader).await;
        if let (Ok(put), Ok(delete)) = (put, delete)
            && (put.node, delete.node) == (leader, leader)
        {
            nodes.kill(leader);
            Nodes::others(leader).for_each(|node| nodes.restart(node));
            return (leader, [put.at, delete.at]);
        }
        Nodes::others(leader).for_each(|node| nodes.restart(node));
    }
}

/// Waits until somebody gives the operation of the entry away as lost.
async fn told_lost(client: &Client, partition: Partition, at: EntryId) -> NodeId {
    loop {
        if let Ok(told) = client.fate(partition, at).await
            && told.lost.is_some()
        {
            return told.node;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_a_failover_took_back_can_be_asked_exported_and_carried_out_again() {
    let mut nodes = Nodes::start();
    let other = beside_k();
    let partition = Partition::of_key(b"k");
    let (old_leader, [put_at, delete_at]) = lose_writes(&mut nodes, &other).await;

    // The two others go on. The old leader is killed once more when it has followed: the quarantine is on its disk.
    let third = (0..)
        .map(|number: u32| format!("i{number}"))
        .find(|key| Partition::of_key(key.as_bytes()) == partition)
        .unwrap();
    put(&nodes.client(patient()), &third, "on we go").await;
    nodes.restart(old_leader);
    assert_eq!(
        told_lost(&nodes.client(patient()), partition, put_at).await,
        old_leader
    );
    nodes.kill(old_leader);
    nodes.restart(old_leader);
    assert_eq!(
        told_lost(&nodes.client(patient()), partition, delete_at).await,
        old_leader
    );

    let fate = |at: EntryId| [at.to_string(), partition.to_string()];
    for (at, operation) in [
        (put_at, "put k=lost".to_owned()),
        (delete_at, format!("delete {other}")),
    ] {
        let [at, partition] = fate(at);
        let output = katakv_at(nodes.addresses, &["fate", &at, "--partition", &partition]).await;
        expect_code(&output, 4);
        assert_eq!(stdout(&output), "truncated\n");
        let says = format!("in quarantine at {old_leader}: {operation}");
        assert!(stderr(&output).contains(&says), "{}", stderr(&output));
    }

    let list = katakv_at(nodes.addresses, &["quarantine", "list"]).await;
    expect_code(&list, 0);
    for line in [
        format!("{old_leader} {partition} {put_at} put k=lost"),
        format!("{old_leader} {partition} {delete_at} delete {other}"),
    ] {
        assert!(
            stdout(&list).lines().any(|listed| listed == line),
            "{}",
            stdout(&list)
        );
    }

    let export = katakv_at(nodes.addresses, &["quarantine", "export"]).await;
    expect_code(&export, 0);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("lost.jsonl");
    std::fs::write(&file, &export.stdout).unwrap();
    let apply = [
        "quarantine",
        "apply",
        file.to_str().unwrap(),
        "--deadline-ms",
        "60000",
    ];
    let applied = katakv_at(nodes.addresses, &apply).await;
    expect_code(&applied, 0);
    assert!(
        stdout(&applied).contains(&format!("{put_at} put k=lost: done as e")),
        "{}",
        stdout(&applied)
    );

    let read = async |key: &str| {
        let client = nodes.client(patient());
        let got = client.get_linearizable(&mut Session::default(), key).await;
        got.unwrap().value.map(|value| value.to_string())
    };
    assert_eq!(read("k").await.as_deref(), Some("lost"));
    assert_eq!(read(&other).await, None);
    assert_eq!(read(&third).await.as_deref(), Some("on we go"));

    // What was carried out is not carried out again, and what others wrote since stays.
    put(&nodes.client(patient()), "k", "newer").await;
    let again = katakv_at(nodes.addresses, &apply).await;
    expect_code(&again, 1);
    assert!(
        stdout(&again).contains("put k=lost: left undone, since k is of e"),
        "{}",
        stdout(&again)
    );
    assert_eq!(read("k").await.as_deref(), Some("newer"));
}
