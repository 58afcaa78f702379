//! Real nodes, whose acknowledgements get lost: each write is carried out once all the same.

use crate::end_to_end::{Dev, kill};
use crate::lossy::{Losses, lossy};
use crate::patient;
use katakv::client::Client;
use katakv::session::Session;
use katakv_core::{AckLevel::Quorum, Bytes, EntryId, Partition};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::task::JoinSet;

/// A client that reaches the nodes of `dev` by ways on which `losses` happen.
async fn client(dev: &Dev, losses: &Arc<Losses>, tasks: &mut JoinSet<()>) -> Client {
    let mut ways = Vec::new();
    for node in dev.nodes() {
        ways.push(lossy(node, losses.clone(), tasks).await);
    }
    let ways: [SocketAddr; 3] = ways.try_into().unwrap();
    Client::nodes(ways, patient())
}

/// A counter that is raised by compare-and-swap: carried out twice, the second time would be in conflict, and one that
/// is lost would be missing from the sum.
#[tokio::test]
async fn a_write_whose_acknowledgement_is_lost_is_carried_out_once() {
    let dev = Dev::start().await;
    let (losses, mut tasks) = (Arc::new(Losses::default()), JoinSet::new());
    let client = client(&dev, &losses, &mut tasks).await;
    let mut session = Session::default();
    let mut version: Option<EntryId> = None;
    for count in 1..=20_u32 {
        losses.due.fetch_add(2, Ordering::SeqCst);
        let value = count.to_string();
        let written = client
            .compare_and_set(&mut session, "counter", version, value.as_str(), Quorum)
            .await
            .unwrap();
        let got = client.get(&mut session, "counter").await.unwrap();
        // What the retry was told is the entry that did it.
        assert_eq!(
            (got.version, got.value),
            (Some(written.at), Some(value.as_str().into()))
        );
        version = got.version;
    }
    assert!(losses.lost.load(Ordering::SeqCst) >= 20);
}

/// Many writes are under way at once when the leader dies. Each creates a key that must be absent.
#[tokio::test]
async fn pipelined_writes_survive_a_failover_each_once() {
    let dev = Dev::start().await;
    let (losses, mut tasks) = (Arc::new(Losses::default()), JoinSet::new());
    let client = Arc::new(client(&dev, &losses, &mut tasks).await);
    let partition = Partition::of_key(b"first");
    let first = client
        .put(&mut Session::default(), "first", "v", Quorum)
        .await
        .unwrap();
    let keys: Vec<Bytes> = (0..)
        .map(|number| Bytes::from(format!("k{number}").as_str()))
        .filter(|key| Partition::of_key(key) == partition)
        .take(100)
        .collect();
    losses.due.store(10, Ordering::SeqCst);
    let mut writes = JoinSet::new();
    for key in keys.clone() {
        let client = client.clone();
        writes.spawn(async move {
            let written = client
                .compare_and_set(&mut Session::default(), key.clone(), None, "v", Quorum)
                .await;
            (key, written.unwrap())
        });
    }
    // A few are acknowledged, the others are anywhere.
    let mut done = Vec::new();
    for _ in 0..5 {
        done.push(writes.join_next().await.unwrap().unwrap());
    }
    kill("-9", &dev.pids[usize::from(first.node.0)]);
    while let Some(written) = writes.join_next().await {
        done.push(written.unwrap());
    }
    assert_eq!(done.len(), keys.len());
    for (key, written) in done {
        let got = client
            .get_linearizable(&mut Session::default(), key)
            .await
            .unwrap();
        assert_eq!(got.version, Some(written.at));
    }
}
