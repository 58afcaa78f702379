//! The client, the router and the command line, against nodes that do exactly what a test tells them, and at the end
//! against real ones.
//!
//! Nothing here depends on how fast the machine is: time appears only as a guard against tests that hang.

#![allow(clippy::unwrap_used)]

mod alone;
mod any_reads;
mod awaits;
mod between;
mod cli;
mod connection;
mod end_to_end;
mod expiry;
mod fake;
mod fates;
mod lossy;
mod nearest;
mod nodes;
mod operators;
mod quarantine;
mod reads;
mod refill;
mod retries;
mod router;
mod routers;
mod scans;
mod sessions;
mod spread;
mod writes;

use katakv::client::{Client, Options, Prefer};
use katakv_core::{EntryId, Epoch, Index, NodeId};
use std::net::SocketAddr;
use std::time::Duration;

/// The entry of `epoch` at `index`.
fn id(epoch: u64, index: u64) -> EntryId {
    EntryId::new(Epoch(epoch), Index(index))
}

/// Short enough for tests in which nobody ever answers; nothing that succeeds depends on it.
fn hurried() -> Options {
    Options {
        deadline: Duration::from_millis(1500),
        wait: Duration::from_millis(20),
        prefer: Prefer::Follower,
    }
}

/// Long enough for any machine.
fn patient() -> Options {
    Options {
        deadline: Duration::from_secs(60),
        wait: Duration::from_millis(20),
        prefer: Prefer::Follower,
    }
}

fn preferring(node: u8) -> Options {
    Options {
        prefer: Prefer::Node(NodeId(node)),
        ..patient()
    }
}

fn client(nodes: [&fake::FakeNode; 3], options: Options) -> Client {
    Client::nodes(nodes.map(|node| node.address), options)
}

/// An address at which nobody listens.
fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}
