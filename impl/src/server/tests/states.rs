//! A follower that needs what is gone is sent the state.

use super::compaction::{P, keys, large, put_large, small};
use super::{Cluster, value};
use katakv_core::{AckLevel, EntryId};

/// Writes more than any log keeps, to keys of one partition.
async fn write_much(cluster: &Cluster, round: usize) -> Vec<(EntryId, String)> {
    let mut seen = Vec::new();
    for key in keys().skip(10 * round).take(80) {
        seen.push((put_large(cluster, &key, AckLevel::Quorum).await, key));
    }
    seen
}

async fn assert_has_all(cluster: &Cluster, place: usize, seen: &[(EntryId, String)]) {
    let mut client = cluster.client(place).await;
    for (seen, key) in seen {
        loop {
            // It says that it has not caught up, until it has.
            let reply = client.get(key, *seen, 10_000).await;
            if !matches!(reply, katakv_core::Reply::NotCaughtUp { .. }) {
                assert_eq!(value(reply), Some(large(key)), "{key} at {place}");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_was_away_for_long_is_sent_the_state_while_writes_go_on() {
    let mut cluster = Cluster::start_with(small).await;
    let leader = cluster.leader(P).await;
    let away = (leader + 1) % 3;
    cluster.stop(away).await;
    let before = write_much(&cluster, 0).await;
    cluster.restart(away).await;
    let after = write_much(&cluster, 10).await;
    assert_has_all(&cluster, away, &before).await;
    assert_has_all(&cluster, away, &after).await;

    // It is a replica like the others now: with it, there is a majority.
    cluster.stop(leader).await;
    cluster.leader(P).await;
    assert_has_all(&cluster, away, &after).await;
    let more = write_much(&cluster, 20).await;
    assert_has_all(&cluster, away, &more).await;
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_that_is_interrupted_at_either_end_is_sent_again() {
    let mut cluster = Cluster::start_with(small).await;
    let leader = cluster.leader(P).await;
    let (away, other) = ((leader + 1) % 3, (leader + 2) % 3);
    cluster.stop(away).await;
    let written = write_much(&cluster, 0).await;
    // The receiver ends.
    for _ in 0..3 {
        cluster.restart(away).await;
        cluster.leader(P).await;
        cluster.stop(away).await;
    }
    // The sender ends, and another one leads.
    cluster.restart(away).await;
    cluster.leader(P).await;
    cluster.stop(leader).await;
    cluster.restart(leader).await;
    cluster.leader(P).await;
    for place in [away, other, leader] {
        assert_has_all(&cluster, place, &written).await;
    }
    cluster.stop_all().await;
}
