//! `katakv serve`.

use super::exit::{Code, Failure};
use super::target::nodes_of;
use super::{config, stop};
use crate::driver::Driver;
use crate::server::{self, ServeError, ServerConfig, Timing};
use crate::tap::RecordConfig;
use crate::wire::ClusterId;
use katakv_core::NodeId;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// Run one node of a cluster
///
/// All nodes are told the same addresses and the same cluster; each has its own id and its own data directory.
/// Ctrl-C and SIGTERM stop it in good order: first it lets the others lead what it leads.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, the first of three nodes:
  katakv init --id 0 --data ./node0           (once)
  katakv serve --id 0 --data ./node0 --node 127.0.0.1:7101 --node 127.0.0.1:7102 --node 127.0.0.1:7103
The second, from a file (`katakv config` prints one):
  katakv serve --config cluster.toml --id 1 --data ./node1")]
pub(super) struct Args {
    /// Take what is not said here from this file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Which of the nodes this one is
    #[arg(long, value_name = "N", required_unless_present = "config")]
    id: Option<u8>,
    /// A node's address; give all three, in order of their ids
    #[arg(long, value_name = "ADDR", required_unless_present = "config")]
    node: Vec<SocketAddr>,
    /// Where this node keeps its data
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    data: Option<PathBuf>,
    /// Where to serve /metrics (for Prometheus), /livez and /readyz over HTTP
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// The cluster's id, in hexadecimal; clusters that could ever reach each other need different ones [default:
    /// 0000000000000001]
    #[arg(long, value_name = "HEX")]
    cluster: Option<ClusterId>,
    /// How often a leader lets its followers hear from it, in milliseconds
    #[arg(long, value_name = "MS")]
    heartbeat_ms: Option<u32>,
    /// How long a follower hears nothing before it campaigns, at least, in milliseconds
    #[arg(long, value_name = "MS")]
    election_min_ms: Option<u32>,
    /// The same, at most: each time is drawn anew
    #[arg(long, value_name = "MS")]
    election_max_ms: Option<u32>,
    /// Record what this node is given and does, for `katakv-conformance validate`; all nodes of a cluster may use the same directory
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// How much the record of this node may take, in MiB; recording ends there and the node goes on
    #[arg(long, value_name = "MIB", default_value_t = 1024, requires = "record")]
    record_mib: u32,
    /// Among how many threads to divide the partitions [default: one for every two cores]
    #[arg(long, value_name = "N")]
    owners: Option<NonZeroUsize>,
    /// Take no writes while less than this is free on the disk, in MiB
    #[arg(long, value_name = "MIB")]
    disk_reserve_mib: Option<u32>,
    /// Stop when stdin ends
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let stop = stop::signals(args.exit_with_parent)?;
    let mut config = configured(&args)?;
    let ms = |given: Option<u32>, default| given.map_or(default, |ms| Duration::from_millis(ms.into()));
    config.timing = Timing {
        heartbeat: ms(args.heartbeat_ms, config.timing.heartbeat),
        election_min: ms(args.election_min_ms, config.timing.election_min),
        election_max: ms(args.election_max_ms, config.timing.election_max),
    };
    config.record = args.record.map(|dir| RecordConfig {
        dir,
        bytes_max: u64::from(args.record_mib) << 20,
    });
    config.owners = args.owners.unwrap_or(config.owners);
    if let Some(mib) = args.disk_reserve_mib {
        config.disk_reserve_bytes = u64::from(mib) << 20;
    }
    Driver::check_begun(&config.data).map_err(Failure::failed)?;
    let refill = format!(
        "katakv refill --id {} --data {} --cluster {}",
        config.id.0,
        config.data.display(),
        config.cluster
    );
    match server::serve(config, stop).await {
        Ok(()) => Ok(Code::Ok),
        // Nothing is moved before somebody says so: what is damaged may be worth a look.
        Err(ServeError::Open(error)) if error.calls_for_refill() => Err(Failure::failed(format!(
            "{error}\nThis node has lost data, and does not serve. If the other two are whole, begin it anew and start it again:\n  {refill}"
        ))),
        Err(error) => Err(Failure::failed(error)),
    }
}

/// What the file says, and what the command line does where it says anything.
fn configured(args: &Args) -> Result<ServerConfig, Failure> {
    let missing = |what: &str| Failure::usage(format!("neither the file nor the command line says {what}"));
    let file = args.config.as_deref().map(config::load).transpose()?;
    let part = file.as_ref().map(|file| file.node.clone()).unwrap_or_default();
    let id = args.id.or(part.id).ok_or_else(|| missing("--id"))?;
    let data = args.data.clone().or(part.data).ok_or_else(|| missing("--data"))?;
    let nodes = nodes_of(&args.node, file.as_ref())?;
    let mut config = match file {
        Some(file) => ServerConfig {
            nodes,
            ..file.server(NodeId(id), data)
        },
        None => ServerConfig::new(ClusterId(1), NodeId(id), nodes, data),
    };
    config.http = args.http.or(config.http);
    config.cluster = args.cluster.unwrap_or(config.cluster);
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::EXAMPLE;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn configured_by(line: &[&str]) -> Result<ServerConfig, Failure> {
        let line = Line::try_parse_from([&["serve"], line].concat());
        configured(&line.expect("it parses").args)
    }

    #[test]
    fn the_command_line_counts_more_than_the_file() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("cluster.toml");
        std::fs::write(&path, EXAMPLE).unwrap();
        let file = path.to_str().unwrap();
        let as_in_file = configured_by(&["--config", file]).unwrap();
        assert_eq!(as_in_file.id, NodeId(0));
        let line = [
            "--config",
            file,
            "--id",
            "2",
            "--data",
            "elsewhere",
            "--cluster",
            "a7",
        ];
        let config = configured_by(&line).unwrap();
        assert_eq!((config.id, config.cluster), (NodeId(2), ClusterId(0xa7)));
        assert_eq!(config.data, PathBuf::from("elsewhere"));
        assert_eq!(config.nodes, as_in_file.nodes);
    }

    #[test]
    fn what_nobody_says_is_asked_for() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("cluster.toml");
        std::fs::write(&path, EXAMPLE.replace("\nid = 0", "\n")).unwrap();
        let failure = configured_by(&["--config", path.to_str().unwrap()]).unwrap_err();
        assert!(failure.message.contains("--id"), "{}", failure.message);
        assert_eq!(failure.code, Code::Usage);
    }
}
