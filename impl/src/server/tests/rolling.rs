use super::{Cluster, guarded};
use crate::client::{Client, Options};
use crate::server::Timing;
use crate::session::Session;
use katakv_core::{AckLevel, Partition};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Longer than any test: who is elected under it was told to campaign.
const NEVER: Duration = Duration::from_secs(3600);

/// Writes until it is told to stop; none of the writes may fail.
async fn write_on(client: Client, done: Arc<AtomicUsize>, stop: Arc<AtomicBool>) {
    let mut session = Session::default();
    while !stop.load(Ordering::Relaxed) {
        let round = done.load(Ordering::Relaxed);
        let key = format!("key-{}", round % 40);
        let put = client.put(&mut session, key.as_str(), "value", AckLevel::Quorum);
        put.await
            .unwrap_or_else(|error| panic!("write {round} of {key}: {error}"));
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Waits for some writes more.
async fn some_more(done: &AtomicUsize) {
    let before = done.load(Ordering::Relaxed);
    while done.load(Ordering::Relaxed) < before + 50 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_under_writes_fails_no_write_and_needs_no_election_timeout() {
    let mut cluster = Cluster::start().await;
    for partition in Partition::all() {
        cluster.leader(partition).await;
    }
    // Nodes that are started from now on hear a leader, or are told to campaign, or never lead.
    cluster.adapt = |config| {
        config.timing = Timing {
            heartbeat: Duration::from_millis(500),
            election_min: NEVER,
            election_max: 2 * NEVER,
        };
    };
    let options = Options {
        deadline: Duration::from_secs(50),
        ..Options::default()
    };
    let (done, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let client = Client::nodes(cluster.addrs, options);
    let writer = tokio::spawn(write_on(client, Arc::clone(&done), Arc::clone(&stop)));
    // In the second round there is no timer left that could elect anybody.
    for place in [0, 1, 2, 0, 1, 2] {
        guarded(some_more(&done)).await;
        cluster.stop(place).await;
        for partition in Partition::all() {
            assert_ne!(cluster.leader(partition).await, place);
        }
        guarded(some_more(&done)).await;
        cluster.restart(place).await;
        for partition in Partition::all() {
            cluster.leader(partition).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    guarded(writer).await.unwrap();
    cluster.stop_all().await;
}
