//! When the disk fails, the node ends.

use super::CLUSTER;
use crate::server::inbox::{Event, Inbox};
use crate::server::{ServeError, ServerConfig, owner, serve};
use crate::wal::{Outcome, WalConfig, WalError};
use katakv_core::NodeId;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::oneshot;

fn config(dir: &Path) -> ServerConfig {
    // Port 0: any that is free. The peers are nowhere.
    let nodes = ["127.0.0.1:0", "127.0.0.1:1", "127.0.0.1:1"].map(|addr| addr.parse().unwrap());
    ServerConfig::new(CLUSTER, NodeId(0), nodes, dir.to_owned())
}

#[test]
fn a_failed_sync_ends_the_owner_with_the_reason() {
    let home = tempfile::tempdir().unwrap();
    let (inbox, events) = Inbox::new();
    let (ended, mut owner_ended) = oneshot::channel::<()>();
    let owner = owner::spawn(
        config(home.path()),
        inbox.clone(),
        events,
        Vec::new(),
        Arc::default(),
        ended,
    )
    .unwrap();
    inbox.send(Event::Wal(Outcome::Failed(WalError::Poisoned)));
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
        nodes: ["127.0.0.1:1", "127.0.0.1:0", "127.0.0.1:1"].map(|addr| addr.parse().unwrap()),
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
    let mut stranger = config(home.path());
    stranger.id = NodeId(3);
    for (config, word) in [(slow, "heartbeat"), (small, "segment_bytes"), (stranger, "n3")] {
        let error = serve(config, std::future::pending())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(word), "{error}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing is begun");
}
