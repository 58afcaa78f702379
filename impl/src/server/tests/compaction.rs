//! The disk stays bounded, and what was written stays there.

use super::{Cluster, value};
use crate::server::ServerConfig;
use crate::wire::ClientRequest;
use katakv_core::{AckLevel, EntryId, Op, Partition, Reply};
use std::fs;
use std::path::Path;

pub(super) const P: Partition = Partition(3);
const SEGMENT_BYTES: u64 = 9 << 20;
const VALUE_BYTES: usize = 256 << 10;

pub(super) fn small(config: &mut ServerConfig) {
    config.wal.segment_bytes = SEGMENT_BYTES;
    config.checkpoint_bytes = 4 << 20;
}

/// Keys of one partition.
pub(super) fn keys() -> impl Iterator<Item = String> {
    let of_partition = |key: &String| Partition::of_key(key.as_bytes()) == P;
    (0..).map(|n| format!("key-{n}")).filter(of_partition)
}

pub(super) fn large(key: &str) -> String {
    key.repeat(VALUE_BYTES / key.len())
}

/// Asks whoever leads until it is done: on a busy machine the leader may change at any time.
pub(super) async fn put_large(cluster: &Cluster, key: &str, level: AckLevel) -> EntryId {
    let (key, value) = (key.into(), large(key).as_str().into());
    let request = ClientRequest::Write {
        op: Op::Put { key, value },
        level,
    };
    loop {
        let leader = cluster.leader(P).await;
        let mut client = cluster.client(leader).await;
        if let Reply::Written { at, .. } = client.protocol(request.clone()).await {
            return at;
        }
    }
}

fn segments(data: &Path) -> Vec<String> {
    let entries = fs::read_dir(data.join("wal")).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_bounded_however_much_is_written_and_a_restart_finds_all_of_it() {
    let mut cluster = Cluster::start_with(small).await;
    let mut seen = Vec::new();
    for key in keys().take(300) {
        seen.push((put_large(&cluster, &key, AckLevel::All).await, key));
    }
    // 75 MiB were written. Each log has the segments of two checkpoints at most, and one that is prepared.
    for place in 0..3 {
        let segments = segments(&cluster.home.path().join(place.to_string()));
        assert!(segments.len() <= 4, "{segments:?}");
        assert!(segments[0].as_str() > "wal-00000003.seg", "{segments:?}");
    }
    for place in 0..3 {
        cluster.stop(place).await;
    }
    for place in 0..3 {
        cluster.restart(place).await;
    }
    cluster.leader(P).await;
    for place in 0..3 {
        let mut client = cluster.client(place).await;
        for (seen, key) in &seen {
            let read = client.get(key, *seen, 10_000).await;
            assert_eq!(value(read), Some(large(key)), "{key} at {place}");
        }
    }
    cluster.stop_all().await;
}
