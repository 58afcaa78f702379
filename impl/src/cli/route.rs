//! `katakv router`.

use super::exit::{Code, Failure};
use super::stop;
use super::target::three;
use crate::client::Options;
use crate::router::{Router, RouterConfig};
use std::net::SocketAddr;
use std::time::Duration;

/// Run a router: clients need only its address
///
/// It holds nothing that matters: run as many as you like, stop and start them at any time.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  katakv router --listen 127.0.0.1:7100 --node 127.0.0.1:7101 --node 127.0.0.1:7102 --node 127.0.0.1:7103")]
pub(super) struct Args {
    /// Where to listen
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// A node's address; give all three, in order of their ids
    #[arg(long, value_name = "ADDR", required = true)]
    node: Vec<SocketAddr>,
    /// How long to try to get a node's answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5000)]
    deadline_ms: u32,
    /// Stop when stdin ends
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let nodes = three(&args.node)?;
    let stop = stop::signals(args.exit_with_parent)?;
    let options = Options {
        deadline: Duration::from_millis(args.deadline_ms.into()),
        ..Options::default()
    };
    let config = RouterConfig {
        listen: args.listen,
        nodes,
        options,
    };
    let router = Router::bind(config).await.map_err(|error| {
        Failure::failed(format!(
            "{error}. Is another process there? Choose another --listen address"
        ))
    })?;
    router.run(stop).await;
    Ok(Code::Ok)
}
