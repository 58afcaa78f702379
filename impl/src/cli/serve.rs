//! `katakv serve`.

use super::exit::{Code, Failure};
use super::stop;
use super::target::three;
use crate::server::{self, ServerConfig, Timing};
use crate::wire::ClusterId;
use katakv_core::NodeId;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Run one node of a cluster
///
/// All three nodes are told the same addresses and the same cluster; each has its own id and its own data directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, the first of three nodes:
  katakv serve --id 0 --data ./node0 --node 127.0.0.1:7101 --node 127.0.0.1:7102 --node 127.0.0.1:7103")]
pub(super) struct Args {
    /// Which of the nodes this one is
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=2))]
    id: u8,
    /// A node's address; give all three, in order of their ids
    #[arg(long, value_name = "ADDR", required = true)]
    node: Vec<SocketAddr>,
    /// Where this node keeps its data
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The cluster's id, in hexadecimal; clusters that could ever reach each other need different ones
    #[arg(long, value_name = "HEX", default_value = "0000000000000001")]
    cluster: ClusterId,
    /// How often a leader lets its followers hear from it, in milliseconds
    #[arg(long, value_name = "MS")]
    heartbeat_ms: Option<u32>,
    /// How long a follower hears nothing before it campaigns, at least, in milliseconds
    #[arg(long, value_name = "MS")]
    election_min_ms: Option<u32>,
    /// The same, at most: each time is drawn anew
    #[arg(long, value_name = "MS")]
    election_max_ms: Option<u32>,
    /// Stop when stdin ends
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let nodes = three(&args.node)?;
    let stop = stop::signals(args.exit_with_parent)?;
    let mut config = ServerConfig::new(args.cluster, NodeId(args.id), nodes, args.data);
    let ms = |given: Option<u32>, default| given.map_or(default, |ms| Duration::from_millis(ms.into()));
    config.timing = Timing {
        heartbeat: ms(args.heartbeat_ms, config.timing.heartbeat),
        election_min: ms(args.election_min_ms, config.timing.election_min),
        election_max: ms(args.election_max_ms, config.timing.election_max),
    };
    server::serve(config, stop).await.map_err(Failure::failed)?;
    Ok(Code::Ok)
}
