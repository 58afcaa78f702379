//! Where a client command goes and which session it goes with: the arguments that all of them share.

use super::config;
use super::exit::Failure;
use super::print;
use crate::client::{Client, Options, Prefer, ReadError};
use crate::config::ConfigFile;
use crate::placement::{Nodes, Placement};
use crate::session::{self, Session};
use katakv_core::{LostRange, Partition, REPLICAS};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where `katakv dev` has its router unless it is told otherwise.
pub(super) const DEV_PORT: u16 = 7100;

#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// The router to go through
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "127.0.0.1:7100",
        conflicts_with = "node"
    )]
    router: SocketAddr,

    /// A node to ask without a router; give all three, in order of their ids, or a --config if there are more
    #[arg(long, value_name = "ADDR")]
    node: Vec<SocketAddr>,

    /// A cluster's configuration file: go through its router, or ask its nodes if it has none
    #[arg(long, value_name = "FILE", conflicts_with_all = ["router", "node"])]
    config: Option<PathBuf>,

    /// How long to try, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5000)]
    deadline_ms: u32,
}

/// What a client talks to.
enum Way {
    Router(SocketAddr),
    Nodes(Nodes),
}

impl Target {
    /// A client; its reads go first to whom they `prefer`.
    pub(super) fn client(&self, prefer: Option<Prefer>) -> Result<Client, Failure> {
        let options = Options {
            deadline: Duration::from_millis(self.deadline_ms.into()),
            prefer: prefer.unwrap_or_default(),
            ..Options::default()
        };
        let way = match &self.config {
            Some(path) => {
                let file = config::load(path)?;
                match file.router.listen {
                    Some(router) => Way::Router(router),
                    None => Way::Nodes(file.nodes()),
                }
            }
            None if self.node.is_empty() => Way::Router(self.router),
            None => Way::Nodes(nodes_of(&self.node, None)?),
        };
        match way {
            Way::Router(_) if prefer.is_some() => Err(Failure::usage(
                "--prefer needs --node: a router chooses the replica itself, as `katakv router --prefer` tells it",
            )),
            Way::Router(router) => Ok(Client::router(router, options)),
            Way::Nodes(nodes) => {
                check_preferred(options.prefer, &nodes)?;
                Ok(Client::nodes(nodes, options))
            }
        }
    }
}

/// Whether the node that reads are to ask first is one of `nodes`.
pub(super) fn check_preferred(prefer: Prefer, nodes: &Nodes) -> Result<(), Failure> {
    match prefer {
        Prefer::Node(node) if nodes.placement.nodes().all(|other| other != node) => Err(Failure::usage(
            format!("--prefer {prefer}: there is no such node"),
        )),
        _ => Ok(()),
    }
}

/// The nodes that the command line names, or else the file. Of more than three only a file can say which hold what.
pub(super) fn nodes_of(named: &[SocketAddr], file: Option<&ConfigFile>) -> Result<Nodes, Failure> {
    let nodes = match file.map(ConfigFile::nodes) {
        Some(nodes) if named.is_empty() => return Ok(nodes),
        Some(nodes) => nodes,
        None => Nodes {
            addresses: Vec::new(),
            placement: Placement::OF_THREE,
        },
    };
    let (expected, found) = (nodes.placement.nodes().count(), named.len());
    if found != expected {
        return Err(Failure::usage(format!(
            "--node is given {found} times: give it {expected} times, in order of the nodes' ids. More than {REPLICAS} nodes need a \
             file (`katakv config`) that says which of them hold which partition"
        )));
    }
    Ok(Nodes {
        addresses: named.to_vec(),
        ..nodes
    })
}

#[derive(Debug, clap::Args)]
pub(super) struct SessionArgs {
    /// Keep the session in FILE; a missing file is a new session
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    session: Option<PathBuf>,

    /// Take the session from its printed token; the new token is printed
    #[arg(long, value_name = "TEXT")]
    token: Option<Session>,

    /// If something the session has seen is LOST, go on without it
    #[arg(long)]
    pub(super) forget_lost: bool,
}

impl SessionArgs {
    pub(super) fn load(&self) -> Result<Session, Failure> {
        match (&self.session, &self.token) {
            (Some(path), _) => Ok(session::load(path)?),
            (None, Some(token)) => Ok(token.clone()),
            (None, None) => Ok(Session::default()),
        }
    }

    /// Stores the session, if it has a file and has changed.
    pub(super) fn store(&self, before: &Session, after: &Session) -> Result<(), Failure> {
        match &self.session {
            Some(path) if before != after => Ok(session::store(path, after)?),
            _ => Ok(()),
        }
    }

    /// Reads with `read`, again after forgetting what is lost if that is asked for.
    pub(super) async fn forgiving<T>(
        &self,
        session: &mut Session,
        read: impl AsyncFn(&mut Session) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let mut result = read(session).await;
        // At most two positions of a partition can be lost: the newest, and one in doubt.
        for _ in 0..2 {
            let Err(ReadError::Lost { partition, range }) = &result else {
                break;
            };
            if !self.forget_lost {
                break;
            }
            forget(session, *partition, range);
            result = read(session).await;
        }
        result
    }
}

/// Goes on without what is lost, and says so.
pub(super) fn forget(session: &mut Session, partition: Partition, range: &LostRange) {
    print::note(format_args!(
        "LOST: going on without entries {range} of {partition}"
    ));
    session.forget(partition, range);
}
