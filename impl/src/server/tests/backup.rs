//! A backup of a cluster that runs, and a cluster made of it.

use super::{CLUSTER, Cluster, guarded, value, written};
use crate::backup::{self, BackupError};
use crate::client::{Cluster as Nodes, Options};
use crate::driver::{DriverConfig, inspect};
use crate::placement::Placement;
use crate::wal::WalConfig;
use katakv_core::{AckLevel, Limits, NodeId, Partition};
use std::fs;
use std::path::Path;

fn config(node: u8) -> DriverConfig {
    DriverConfig {
        cluster: CLUSTER,
        id: NodeId(node),
        placement: Placement::OF_THREE,
        limits: Limits::default(),
        wal: WalConfig::default(),
    }
}

async fn write_all(cluster: &Cluster, round: &str) {
    for n in 0..60 {
        let key = format!("key-{n}");
        let leader = cluster.leader(Partition::of_key(key.as_bytes())).await;
        let mut client = cluster.client(leader).await;
        written(
            client
                .put(&key, &format!("{key} {round}"), AckLevel::Quorum)
                .await,
        );
    }
}

fn files(backup: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(backup).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_running_cluster_is_restored_and_compared() {
    let mut cluster = Cluster::start().await;
    write_all(&cluster, "before").await;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("backup");
    let nodes = Nodes::new(cluster.addrs, Options::default());
    let (manifest, ()) =
        guarded(async { tokio::join!(backup::take(&nodes, &dir), write_all(&cluster, "meanwhile")) }).await;
    let manifest = manifest.unwrap();
    assert_eq!(manifest.partitions.iter().map(|of| of.items).sum::<u64>(), 60);
    assert!(matches!(
        backup::take(&nodes, &dir).await,
        Err(BackupError::NotEmpty { .. })
    ));
    assert_eq!(backup::verify(&dir).unwrap(), manifest);

    // The cluster is destroyed, and made again of the backup.
    for place in 0..3 {
        cluster.stop(place).await;
        let data = cluster.home.path().join(place.to_string());
        let error = backup::restore(&dir, &data, config(place as u8)).unwrap_err();
        assert!(matches!(error, BackupError::NotEmpty { .. }), "{error}");
        fs::remove_dir_all(&data).unwrap();
        assert_eq!(
            backup::restore(&dir, &data, config(place as u8)).unwrap(),
            manifest
        );
        assert!(inspect(&data).unwrap().is_sound());
    }
    for place in 0..3 {
        cluster.restart(place).await;
    }
    for n in 0..60 {
        let key = format!("key-{n}");
        let leader = cluster.leader(Partition::of_key(key.as_bytes())).await;
        let mut client = cluster.client(leader).await;
        let found = value(client.get(&key, katakv_core::EntryId::ZERO, 0).await).unwrap();
        assert!(
            [format!("{key} before"), format!("{key} meanwhile")].contains(&found),
            "{found}"
        );
    }
    write_all(&cluster, "after").await;
    cluster.stop_all().await;

    // No byte of a backup can change without being noticed.
    for file in files(&dir) {
        let bytes = fs::read(&file).unwrap();
        for place in (0..bytes.len()).step_by(13) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            fs::write(&file, changed).unwrap();
            assert!(backup::verify(&dir).is_err(), "{} byte {place}", file.display());
        }
        fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
        let cut = backup::verify(&dir);
        assert!(
            cut.is_err() || file.ends_with("manifest"),
            "{} cut",
            file.display()
        );
        fs::write(&file, &bytes).unwrap();
    }
    assert_eq!(backup::verify(&dir).unwrap(), manifest);
}
