//! `backup` and `restore`.

use super::config;
use super::exit::{Code, Failure};
use super::print;
use super::target::nodes_of;
use crate::backup::{self, BackupError, Manifest};
use crate::client::{Cluster, Options};
use crate::driver::DriverConfig;
use crate::placement::Placement;
use crate::wal::WalConfig;
use crate::wire::ClusterId;
use katakv_core::{Limits, NodeId};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Back up a running cluster into a directory
///
/// Each partition is as of one moment, which is told. Writes go on meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  katakv backup ./monday --node 127.0.0.1:7101 --node 127.0.0.1:7102 --node 127.0.0.1:7103")]
pub(super) struct BackupArgs {
    /// Where the backup goes: a directory that is new or empty
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// A node's address; give all three, in order of their ids
    #[arg(long, value_name = "ADDR", required_unless_present = "config")]
    node: Vec<SocketAddr>,
    /// Take the nodes from this file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Make a node's data directory of a backup
///
/// Reads the backup and compares it with its checksums, makes the directory, reads that back and compares again. To restore a
/// cluster, do it once for each of its nodes, with the same backup and the same cluster id, before any of them is
/// started. With no --data, the backup is only verified.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, the first of three nodes:
  katakv restore ./monday --id 0 --data ./node0 --cluster 0000000000000002")]
pub(super) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The directory to make: one that is not there, or is empty
    #[arg(long, value_name = "DIR", requires = "id")]
    data: Option<PathBuf>,
    /// Which of the nodes it is for
    #[arg(long, value_name = "N")]
    id: Option<u8>,
    /// The configuration that says which partitions the node holds, if there are more than three
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The restored cluster's id, in hexadecimal; a new one, so that sessions of the old cluster are refused
    #[arg(long, value_name = "HEX", default_value = "0000000000000001")]
    cluster: ClusterId,
}

pub(super) async fn backup(args: BackupArgs) -> Result<Code, Failure> {
    let file = args.config.as_deref().map(config::load).transpose()?;
    let cluster = Cluster::new(nodes_of(&args.node, file.as_ref())?, Options::default());
    let manifest = backup::take(&cluster, &args.dir).await.map_err(failure)?;
    tell(&manifest)
}

pub(super) async fn restore(args: RestoreArgs) -> Result<Code, Failure> {
    let RestoreArgs {
        dir,
        data,
        id,
        config,
        cluster,
    } = args;
    let file = config.as_deref().map(config::load).transpose()?;
    let placement = file.map_or(Placement::OF_THREE, |file| file.nodes().placement);
    let restored = tokio::task::spawn_blocking(move || match data.zip(id) {
        Some((data, id)) => {
            let config = DriverConfig {
                cluster,
                id: NodeId(id),
                placement,
                limits: Limits::default(),
                wal: WalConfig::default(),
            };
            backup::restore(&dir, &data, config)
        }
        None => backup::verify(&dir),
    });
    let restored = restored
        .await
        .map_err(|_| Failure::failed("the restore has panicked; its message is above"))?;
    tell(&restored.map_err(failure)?)
}

fn tell(manifest: &Manifest) -> Result<Code, Failure> {
    for of in &manifest.partitions {
        let line = format!(
            "{}  as of {}, {} items of {} bytes, checksum {:08x}",
            of.partition, of.last, of.items, of.bytes, of.items_crc
        );
        print::result(line.as_bytes())?;
    }
    Ok(Code::Ok)
}

fn failure(error: BackupError) -> Failure {
    let code = match error {
        BackupError::Damaged { .. } | BackupError::Differs { .. } => Code::Damaged,
        BackupError::Unavailable { .. } => Code::Unavailable,
        _ => Code::Failed,
    };
    Failure::new(code, error)
}
