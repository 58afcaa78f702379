//! A node that has lost its disk, or finds it damaged: it does not serve before somebody says what it is, and is refilled by one
//! command.

use crate::cli::{expect_code, katakv_at, stderr};
use crate::nodes::Nodes;
use crate::patient;
use katakv::client::Client;
use katakv::session::Session;
use katakv_core::{AckLevel, NodeId};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// In the payload of the first record, behind the headers of the segment and of the record. Others follow it.
const DAMAGED_AT: u64 = 48 + 25 + 1;

/// Writes `key` until it is acknowledged at quorum.
async fn put(client: &Client, key: &str) {
    let session = &mut Session::default();
    while client.put(session, key, key, AckLevel::Quorum).await.is_err() {}
}

async fn expect_all(client: &Client, keys: impl Iterator<Item = String>) {
    for key in keys {
        let got = loop {
            if let Ok(got) = client
                .get_linearizable(&mut Session::default(), key.as_str())
                .await
            {
                break got;
            }
        };
        assert_eq!(got.value.as_deref(), Some(key.as_bytes()), "{key}");
    }
}

/// Waits until `node` says that it counts in every partition.
async fn is_member(client: &Client, node: NodeId) {
    loop {
        let status = client.status().await;
        let own = status.nodes[usize::from(node.0)].as_ref();
        if own.is_some_and(|own| own.partitions.iter().all(|state| state.standing.is_member())) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What `serve` says that must not start.
async fn refusal(nodes: &Nodes, data: &str) -> String {
    let output = katakv_at(nodes.addresses, &["serve", "--id", "2", "--data", data]).await;
    expect_code(&output, 1);
    stderr(&output).to_owned()
}

#[tokio::test]
async fn a_wiped_node_is_refilled_while_writes_go_on_and_nothing_is_lost() {
    let mut nodes = Nodes::start();
    let client = nodes.client(patient());
    for number in 0..30 {
        put(&client, &format!("before{number}")).await;
    }
    let wiped = NodeId(2);
    nodes.kill(wiped);
    let data = nodes.data(wiped);
    fs::remove_dir_all(&data).unwrap();

    // An empty directory is not taken for a new node's.
    let data_arg = data.to_str().unwrap();
    let said = refusal(&nodes, data_arg).await;
    assert!(said.contains("katakv refill"), "{said}");
    assert!(!data.exists());

    let stop = Arc::new(AtomicBool::new(false));
    let (writing, stopped) = (nodes.client(patient()), Arc::clone(&stop));
    let writer = tokio::spawn(async move {
        let mut written = 0;
        while !stopped.load(Ordering::Relaxed) {
            put(&writing, &format!("during{written}")).await;
            written += 1;
        }
        written
    });
    nodes.refill(wiped).await;
    nodes.restart(wiped);
    is_member(&client, wiped).await;
    stop.store(true, Ordering::Relaxed);
    let written = writer.await.unwrap();

    // Of every acknowledged write one copy is gone with the disk. The refilled node has made up for it.
    nodes.kill(NodeId(0));
    let client = nodes.client(patient());
    expect_all(&client, (0..30).map(|number| format!("before{number}"))).await;
    expect_all(&client, (0..written).map(|number| format!("during{number}"))).await;
    put(&client, "after").await;
}

/// Every file below `dir`, with what is in it.
fn files(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![(path.clone(), fs::read(&path).unwrap())],
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn a_damaged_node_says_what_to_do_and_touches_nothing() {
    let mut nodes = Nodes::start();
    let client = nodes.client(patient());
    for number in 0..30 {
        put(&client, &format!("k{number}")).await;
    }
    // Its first record is durable, and a later one says so: otherwise the damage would be a torn tail.
    for _ in 0..2 {
        let session = &mut Session::default();
        while client.put(session, "k0", "k0", AckLevel::All).await.is_err() {}
    }
    let damaged = NodeId(2);
    nodes.kill(damaged);
    let data = nodes.data(damaged);
    let segment = fs::File::options()
        .write(true)
        .read(true)
        .open(data.join("wal/wal-00000001.seg"))
        .unwrap();
    let mut byte = [0];
    segment.read_exact_at(&mut byte, DAMAGED_AT).unwrap();
    segment.write_all_at(&[byte[0] ^ 1], DAMAGED_AT).unwrap();

    let before = files(&data);
    let said = refusal(&nodes, data.to_str().unwrap()).await;
    assert!(said.contains("katakv refill --id 2"), "{said}");
    assert_eq!(files(&data), before);

    nodes.refill(damaged).await;
    let aside = data.with_file_name("n2.lost-1");
    assert!(
        aside.join("wal/wal-00000001.seg").exists(),
        "what was damaged is kept"
    );
    nodes.restart(damaged);
    is_member(&client, damaged).await;
    nodes.kill(NodeId(1));
    expect_all(
        &nodes.client(patient()),
        (0..30).map(|number| format!("k{number}")),
    )
    .await;
}
