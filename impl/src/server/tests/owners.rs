//! Partitions divided among several owners: what is of the whole node is whole, and how many there are is nobody's affair.

use super::{Cluster, guarded, value, written};
use crate::server::{OWNERS_MAX, ServerConfig};
use crate::wire::{ClientReply, ClientRequest, Elections};
use katakv_core::{AckLevel, Epoch, PARTITIONS, Partition};
use std::num::NonZeroUsize;

/// A key of each partition, in order.
fn a_key_of_each() -> Vec<String> {
    let key_of = |partition| {
        let mut keys = (0..).map(|n| format!("key-{n}"));
        keys.find(|key| Partition::of_key(key.as_bytes()) == partition)
    };
    Partition::all().filter_map(key_of).collect()
}

async fn assert_told_of_all(cluster: &Cluster, place: usize) {
    let status = cluster.client(place).await.status().await;
    let told = status.partitions.iter().map(|state| state.partition);
    assert!(told.eq(Partition::all()), "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_comes_back_with_all_it_had_whatever_the_number_of_its_owners() {
    let mut cluster = Cluster::start().await;
    let mut seen = Vec::new();
    for key in a_key_of_each() {
        let leader = cluster.leader(Partition::of_key(key.as_bytes())).await;
        let reply = cluster.client(leader).await.put(&key, &key, AckLevel::All).await;
        seen.push((written(reply).0, key));
    }
    let adapts: [fn(&mut ServerConfig); 2] = [
        |config| config.owners = OWNERS_MAX,
        |config| config.owners = NonZeroUsize::MIN,
    ];
    for adapt in adapts {
        for place in 0..3 {
            assert_told_of_all(&cluster, place).await;
            cluster.stop(place).await;
        }
        cluster.adapt = adapt;
        for place in 0..3 {
            cluster.restart(place).await;
        }
        for place in 0..3 {
            let mut client = cluster.client(place).await;
            for (seen, key) in &seen {
                let read = client.get(key, *seen, 10_000).await;
                assert_eq!(value(read).as_ref(), Some(key), "at {place}");
            }
        }
    }
    cluster.stop_all().await;
}

/// A router that watches over one connection hears of the elections of every owner.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_is_told_of_the_elections_of_all_owners() {
    let cluster = Cluster::start_with(|config| config.owners = OWNERS_MAX).await;
    for partition in Partition::all() {
        // It knows enough of all the others.
        let mut known = vec![Epoch::LIMIT; usize::from(PARTITIONS)];
        known[usize::from(partition.0)] = Epoch::ZERO;
        guarded(async {
            loop {
                let leader = cluster.leader(partition).await;
                let request = ClientRequest::Watch { known: known.clone() };
                let reply = cluster.client(leader).await.ask(request).await;
                let ClientReply::Elected(Elections { won, .. }) = reply else {
                    panic!("{reply:?}");
                };
                // With none it has lost the partition meanwhile.
                if let [(told, epoch)] = won[..] {
                    assert!(told == partition && epoch > Epoch::ZERO);
                    break;
                }
            }
        })
        .await;
    }
    cluster.stop_all().await;
}
