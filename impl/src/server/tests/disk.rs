//! When the disk fails, the node ends.

use super::{CLUSTER, Cluster, value, written};
use crate::server::inbox::Inbox;
use crate::server::owner::Around;
use crate::server::space::Space;
use crate::server::{ServeError, ServerConfig, owner, serve, states};
use crate::wal::{Outcome, WalConfig, WalError};
use crate::wire::{ClientReply, ClientRequest};
use katakv_core::{AckLevel, NodeId, Op, Partition};
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::oneshot;

fn config(dir: &Path) -> ServerConfig {
    // Port 0: any that is free. The peers are nowhere.
    let nodes = ["127.0.0.1:0", "127.0.0.1:1", "127.0.0.1:1"].map(|addr| addr.parse().unwrap());
    ServerConfig::new(CLUSTER, NodeId(0), nodes, dir.to_owned())
}

#[test]
fn a_failed_sync_ends_the_owners_with_the_reason() {
    let home = tempfile::tempdir().unwrap();
    let (inbox, events) = Inbox::new(2);
    let (ended, mut owner_ended) = oneshot::channel::<()>();
    let owner = owner::spawn(
        config(home.path()),
        inbox.clone(),
        events,
        Around {
            links: Vec::new(),
            metrics: Arc::default(),
            states: states::ports(),
            space: Space::of(home.path(), 0),
        },
        ended,
    )
    .unwrap();
    inbox.log(Outcome::Failed(WalError::Poisoned));
    assert!(matches!(
        owner.join().unwrap(),
        Err(ServeError::Wal(WalError::Poisoned))
    ));
    assert!(matches!(
        owner_ended.try_recv(),
        Err(oneshot::error::TryRecvError::Closed)
    ));
}

#[tokio::test]
async fn a_node_whose_data_is_not_its_own_does_not_start() {
    let home = tempfile::tempdir().unwrap();
    serve(config(home.path()), std::future::ready(())).await.unwrap();
    let other = ServerConfig {
        id: NodeId(1),
        nodes: ["127.0.0.1:1", "127.0.0.1:0", "127.0.0.1:1"]
            .map(|addr| addr.parse().unwrap())
            .into(),
        ..config(home.path())
    };
    let error = serve(other, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, ServeError::Open(_)), "{error}");
    assert!(error.to_string().contains("the log belongs to"), "{error}");
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut slow = config(home.path());
    slow.timing.heartbeat = slow.timing.election_min;
    let mut small = config(home.path());
    small.wal = WalConfig {
        segment_bytes: 1 << 20,
    };
    let mut idle = config(home.path());
    idle.owners = NonZeroUsize::new(11).unwrap();
    let mut stranger = config(home.path());
    stranger.id = NodeId(3);
    for (config, word) in [
        (slow, "heartbeat"),
        (small, "segment_bytes"),
        (idle, "owners"),
        (stranger, "n3"),
    ] {
        let error = serve(config, std::future::pending())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(word), "{error}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing is begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_writes_with_a_clear_error_keeps_reads_and_loses_nothing() {
    const KEY: &str = "k";
    let mut cluster = Cluster::start().await;
    let leader = cluster.leader(Partition::of_key(KEY.as_bytes())).await;
    let (seen, _) = written(
        cluster
            .client(leader)
            .await
            .put(KEY, "before", AckLevel::All)
            .await,
    );
    for (reserve, is_full) in [(u64::MAX, true), (0, false)] {
        for place in 0..3 {
            cluster.stop(place).await;
        }
        cluster.adapt = match reserve {
            0 => |config| config.disk_reserve_bytes = 0,
            _ => |config| config.disk_reserve_bytes = u64::MAX,
        };
        for place in 0..3 {
            cluster.restart(place).await;
        }
        for place in 0..3 {
            let mut client = cluster.client(place).await;
            assert_eq!(
                value(client.get(KEY, seen, 10_000).await).as_deref(),
                Some("before")
            );
            if is_full {
                let (op, level) = (Op::Delete { key: KEY.into() }, AckLevel::Leader);
                let reply = client.ask(ClientRequest::Write { op, level }).await;
                assert!(matches!(reply, ClientReply::DiskFull { .. }), "{reply:?}");
            }
        }
    }
    let leader = cluster.leader(Partition::of_key(KEY.as_bytes())).await;
    written(
        cluster
            .client(leader)
            .await
            .put(KEY, "after", AckLevel::All)
            .await,
    );
    cluster.stop_all().await;
}
