//! `katakv dev`: a whole cluster on this machine, to try things on.
//!
//! Each node is a process of its own, so that it can be killed like one. They are children that end with this process,
//! however it ends; their data stays, and the next `dev` goes on with it.

mod children;
mod layout;

use super::exit::{Code, Failure};
use super::print;
use super::stop;
use super::target::DEV_PORT;
use crate::client::{Client, Options};
pub(super) use children::Children;
use katakv_core::{PARTITIONS, Partition};
pub(super) use layout::Layout;
use std::convert::Infallible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Run three nodes and a router on this machine, to try things on
///
/// The router listens at --port, the nodes at the three ports after it. Data and logs are kept in --data; start again
/// to go on with them, delete the directory to begin anew. Stop with Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  katakv dev --data ./katakv-data
Then, in another shell:
  katakv put greeting hello --session s.txt
  katakv get greeting --session s.txt
  kill -9 PID         (of a node, as printed)
  katakv status")]
pub(super) struct Args {
    /// Where data and logs are kept
    #[arg(long, value_name = "DIR", default_value = "./katakv-data")]
    data: PathBuf,
    /// The router's port
    #[arg(long, value_name = "PORT", default_value_t = DEV_PORT, value_parser = clap::value_parser!(u16).range(1..=65532))]
    port: u16,
    /// Record what the nodes are given and do, for `katakv-conformance validate`
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

/// How often to look whether the children are alive.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let stop = stop::signals(false)?;
    let layout = Layout::prepare(args.data, args.port)?;
    let mut children = Children::start(&layout, &recording(args.record.as_deref()))?;
    announce(&layout, &children);
    let ready = async {
        announce_ready(&layout).await;
        std::future::pending::<Infallible>().await
    };
    let end = tokio::select! {
        () = stop => Ok(Code::Ok),
        () = children.watch() => Err(Failure::failed("all nodes and the router have ended; see their logs")),
        never = ready => match never {},
    };
    print::note("stopping");
    children.stop().await;
    print::note(format_args!(
        "stopped; the data is kept in {}",
        layout.data.display()
    ));
    end
}

fn announce(layout: &Layout, children: &Children) {
    print::note(format_args!(
        "cluster {}, data and logs in {}",
        layout.cluster,
        layout.data.display()
    ));
    for (name, address, pid) in children.list() {
        print::note(format_args!("  {name:<7} {address:<16} pid {pid}"));
    }
}

/// Until every partition has a leader. It goes on trying, because a cluster may need long to recover.
pub(super) async fn wait_until_served(layout: &Layout) {
    let client = Client::nodes(layout.nodes, Options::default());
    loop {
        let status = client.status().await;
        let served = Partition::all()
            .filter(|partition| {
                let states = status.nodes.iter().flatten().flat_map(|node| &node.partitions);
                states
                    .filter(|state| state.partition == *partition)
                    .any(|state| state.serving)
            })
            .count();
        if served == usize::from(PARTITIONS) {
            break;
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Says when every partition has a leader.
async fn announce_ready(layout: &Layout) {
    wait_until_served(layout).await;
    let router = if layout.router.port() == DEV_PORT {
        String::new()
    } else {
        format!(" --router {}", layout.router)
    };
    print::note(format_args!(
        "ready. In another shell, try:
  katakv put greeting hello --session s.txt{router}
  katakv get greeting --session s.txt{router}
  katakv status{router}
Ctrl-C stops everything."
    ));
}

/// The arguments of nodes that record into `dir`, if they do.
pub(super) fn recording(dir: Option<&Path>) -> Vec<OsString> {
    dir.map_or_else(Vec::new, |dir| vec!["--record".into(), dir.into()])
}
