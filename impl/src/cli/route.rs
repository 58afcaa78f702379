//! `katakv router`.

use super::exit::{Code, Failure};
use super::target::{check_preferred, nodes_of};
use super::{config, stop};
use crate::client::{Options, Prefer};
use crate::router::{Router, RouterConfig};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Run a router: clients need only its address
///
/// It holds nothing that matters: run as many as you like, stop and start them at any time.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  katakv router --listen 127.0.0.1:7100 --node 127.0.0.1:7101 --node 127.0.0.1:7102 --node 127.0.0.1:7103
  katakv router --config cluster.toml")]
pub(super) struct Args {
    /// Take what is not said here from this file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen
    #[arg(long, value_name = "ADDR", required_unless_present = "config")]
    listen: Option<SocketAddr>,
    /// A node's address; give all three, in order of their ids
    #[arg(long, value_name = "ADDR", required_unless_present = "config")]
    node: Vec<SocketAddr>,
    /// How long to try to get a node's answer, in milliseconds [default: 5000]
    #[arg(long, value_name = "MS")]
    deadline_ms: Option<u32>,
    /// Which replica reads go to first: a node's number, `nearest`, or a `follower` [default: follower]
    #[arg(long, value_name = "NODE")]
    prefer: Option<Prefer>,
    /// Stop when stdin ends
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let stop = stop::signals(args.exit_with_parent)?;
    let config = configured(&args)?;
    let router = Router::bind(config).await.map_err(|error| {
        Failure::failed(format!(
            "{error}. Is another process there? Choose another --listen address"
        ))
    })?;
    router.run(stop).await;
    Ok(Code::Ok)
}

/// What the file says, and what the command line does where it says anything.
fn configured(args: &Args) -> Result<RouterConfig, Failure> {
    let file = args.config.as_deref().map(config::load).transpose()?;
    let part = file.as_ref().map(|file| file.router).unwrap_or_default();
    let listen = args.listen.or(part.listen);
    let deadline_ms = args.deadline_ms.unwrap_or(part.deadline_ms.get());
    let nodes = nodes_of(&args.node, file.as_ref())?;
    let prefer = args.prefer.unwrap_or(part.prefer);
    check_preferred(prefer, &nodes)?;
    Ok(RouterConfig {
        listen: listen
            .ok_or_else(|| Failure::usage("neither the file nor the command line says --listen"))?,
        nodes,
        options: Options {
            deadline: Duration::from_millis(deadline_ms.into()),
            prefer,
            ..Options::default()
        },
    })
}
