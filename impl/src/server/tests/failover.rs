use super::{Cluster, Running, guarded, value, written};
use crate::wire::{ClientFrame, ClientRequest, Hello, ServerFrame, frame};
use katakv_core::{AckLevel, EntryId, Partition};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

fn keys() -> impl Iterator<Item = String> {
    (0..40).map(|n| format!("key-{n}"))
}

/// Writes every key, with its own name and `round` as the value; returns where each went.
async fn write_all(cluster: &Cluster, round: u32) -> Vec<EntryId> {
    let mut places = Vec::new();
    for key in keys() {
        let leader = cluster.leader(Partition::of_key(key.as_bytes())).await;
        let mut client = cluster.client(leader).await;
        let put = client
            .put(&key, &format!("{key}={round}"), AckLevel::Quorum)
            .await;
        places.push(written(put).0);
    }
    places
}

async fn assert_all(cluster: &Cluster, place: usize, round: u32, seen: &[EntryId]) {
    let mut client = cluster.client(place).await;
    for (key, seen) in keys().zip(seen) {
        let read = client.get(&key, *seen, 10_000).await;
        assert_eq!(value(read), Some(format!("{key}={round}")), "{key} at {place}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_under_the_next_leader_and_after_a_restart() {
    let mut cluster = Cluster::start().await;
    let first = write_all(&cluster, 1).await;
    let leader = cluster.leader(Partition(0)).await;
    cluster.stop(leader).await;
    let next = cluster.leader(Partition(0)).await;
    assert_ne!(next, leader);
    for place in (0..3).filter(|place| *place != leader) {
        assert_all(&cluster, place, 1, &first).await;
    }
    let second = write_all(&cluster, 2).await;

    // The one that was away catches up, from its own log and from the leader's.
    cluster.restart(leader).await;
    assert_all(&cluster, leader, 2, &second).await;

    // All of them at once: what is acknowledged is on disk.
    for place in 0..3 {
        cluster.stop(place).await;
    }
    for place in 0..3 {
        cluster.restart(place).await;
    }
    for place in 0..3 {
        assert_all(&cluster, place, 2, &second).await;
    }
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_node_stops_it_and_releases_its_data() {
    let mut cluster = Cluster::start().await;
    let seen = write_all(&cluster, 1).await;
    let Running { stop, ended } = cluster.nodes[0].take().unwrap();
    ended.abort();
    assert!(guarded(ended).await.is_err());
    drop(stop);
    // It ends in the background; until then its port and its data are in use, which is an error and not a hang.
    let pause = || tokio::time::sleep(Duration::from_millis(20));
    guarded(async {
        loop {
            match TcpListener::bind(cluster.addrs[0]).await {
                Ok(listener) => cluster.start_on(0, listener),
                Err(_) => {
                    pause().await;
                    continue;
                }
            }
            // A node that answers has opened its data.
            if answers(cluster.addrs[0]).await {
                break;
            }
        }
    })
    .await;
    assert_all(&cluster, 0, 1, &seen).await;
    cluster.stop_all().await;
}

/// Whether there is a node that answers; if not, it may close at any point.
async fn answers(addr: SocketAddr) -> bool {
    let mut bytes = Vec::new();
    frame::put(&mut bytes, &Hello::Client { cluster: None });
    frame::put(
        &mut bytes,
        &ClientFrame {
            id: 1,
            request: ClientRequest::Status,
        },
    );
    let Ok(stream) = TcpStream::connect(addr).await else {
        return false;
    };
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(&bytes).await.is_ok()
        && matches!(frame::read::<ServerFrame>(&mut stream).await, Ok(Some(_)))
}
