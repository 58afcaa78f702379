//! The nearest replica, of real nodes that are nearer and farther.

use crate::between::between;
use crate::nodes::Nodes;
use crate::patient;
use katakv::client::{Client, Options, Prefer};
use katakv::session::Session;
use katakv_core::{AckLevel::Quorum, NodeId};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::JoinSet;

/// Only to end a test that hangs.
const HUNG: Duration = Duration::from_secs(120);

/// Far beyond what a busy machine does to an answer.
const FAR_MS: u64 = 200;

/// A long way to a node: what goes to it arrives later by as many milliseconds as `late` says.
async fn long_way(node: SocketAddr, late: Arc<AtomicU64>, tasks: &mut JoinSet<()>) -> SocketAddr {
    between(node, tasks, move |client, server| {
        let late = late.clone();
        async move {
            let ((from_client, to_client), (from_server, to_server)) =
                (client.into_split(), server.into_split());
            let at_once = AtomicU64::new(0);
            tokio::select! {
                () = carry(from_client, to_server, &late) => {}
                () = carry(from_server, to_client, &at_once) => {}
            }
        }
    })
    .await
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, late: &AtomicU64) {
    let mut bytes = vec![0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        tokio::time::sleep(Duration::from_millis(late.load(Relaxed))).await;
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// Reads until `node` answers, and a few times more. Each answer includes what the session has written.
async fn read_until_from(client: &Client, session: &mut Session, node: NodeId) {
    let since = Instant::now();
    let mut in_a_row = 0;
    while in_a_row < 5 {
        let got = client.get(session, "k").await.unwrap();
        assert_eq!(got.value, Some("v".into()));
        in_a_row = if got.node == node { in_a_row + 1 } else { 0 };
        assert!(
            since.elapsed() < HUNG,
            "{node} is nearest, and {} answers",
            got.node
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn reads_go_to_the_nearest_replica_and_follow_it_when_that_changes() {
    let mut nodes = Nodes::start();
    let mut tasks = JoinSet::new();
    let late = [FAR_MS, FAR_MS, 0].map(|ms| Arc::new(AtomicU64::new(ms)));
    let mut ways = nodes.addresses;
    for ((way, late), node) in ways.iter_mut().zip(&late).zip(nodes.addresses) {
        *way = long_way(node, late.clone(), &mut tasks).await;
    }
    let mut session = Session::default();
    let writer = nodes.client(patient());
    writer.put(&mut session, "k", "v", Quorum).await.unwrap();
    let client = Client::nodes(
        ways,
        Options {
            prefer: Prefer::Nearest,
            ..patient()
        },
    );

    // Whoever leads, and although the placement names others first.
    read_until_from(&client, &mut session, NodeId(2)).await;
    late[2].store(FAR_MS, Relaxed);
    late[1].store(0, Relaxed);
    read_until_from(&client, &mut session, NodeId(1)).await;

    // It is gone, and the others answer, however far; it is back, and is seen.
    nodes.kill(NodeId(1));
    let got = client.get(&mut session, "k").await.unwrap();
    assert_ne!(got.node, NodeId(1));
    nodes.restart(NodeId(1));
    read_until_from(&client, &mut session, NodeId(1)).await;
}
