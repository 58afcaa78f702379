//! Node processes that a test can kill and start again, each with a directory of its own.

use crate::cli::{expect_code, katakv};
use katakv::client::{Client, Options};
use katakv::driver::Driver;
use katakv::server::ServerConfig;
use katakv::wire::ClusterId;
use katakv_core::NodeId;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Where they listen. Connections leave from 127.0.0.1, so none of them takes the port of a node that is down.
const HOST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 78);

/// Addresses at which nobody listens, all different.
pub fn free_addresses<const N: usize>() -> [SocketAddr; N] {
    let listeners: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind((HOST, 0)).unwrap());
    listeners
        .each_ref()
        .map(|listener| listener.local_addr().unwrap())
}

/// A process that is killed, with no chance to do anything, when it is dropped.
pub struct Process(Child);

impl Process {
    /// Starts `katakv` with these arguments.
    pub fn start(arguments: &[&str]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_katakv"));
        command.args(arguments).env_remove("RUST_LOG");
        let silent = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Process(silent.spawn().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Three nodes, some of them running.
pub struct Nodes {
    home: tempfile::TempDir,
    pub addresses: [SocketAddr; 3],
    running: [Option<Process>; 3],
}

impl Nodes {
    pub fn start() -> Nodes {
        let mut nodes = Nodes {
            home: tempfile::tempdir().unwrap(),
            addresses: free_addresses(),
            running: [None, None, None],
        };
        for id in (0..3).map(NodeId) {
            let data = nodes.data(id);
            let config = ServerConfig::new(ClusterId(1), id, nodes.addresses, data.clone());
            Driver::init(&data, config.driver()).unwrap();
            nodes.restart(id);
        }
        nodes
    }

    /// The directory of a node.
    pub fn data(&self, node: NodeId) -> PathBuf {
        self.home.path().join(node.to_string())
    }

    /// Starts a node that does not run, with the directory that it had.
    pub fn restart(&mut self, node: NodeId) {
        let data = self.data(node);
        let (id, addresses) = (
            node.0.to_string(),
            self.addresses.map(|address| address.to_string()),
        );
        let mut arguments = vec!["serve", "--id", &id, "--data", data.to_str().unwrap()];
        arguments.extend(addresses.iter().flat_map(|address| ["--node", address]));
        self.running[usize::from(node.0)] = Some(Process::start(&arguments));
    }

    /// Begins a node anew that has lost its data.
    pub async fn refill(&self, node: NodeId) {
        let data = self.data(node);
        let id = node.0.to_string();
        let output = katakv(&["refill", "--id", &id, "--data", data.to_str().unwrap()]).await;
        expect_code(&output, 0);
    }

    /// `kill -9`.
    pub fn kill(&mut self, node: NodeId) {
        self.running[usize::from(node.0)] = None;
    }

    /// The two beside `node`.
    pub fn others(node: NodeId) -> impl Iterator<Item = NodeId> {
        (0..3).map(NodeId).filter(move |other| *other != node)
    }

    /// A client that asks the nodes itself.
    pub fn client(&self, options: Options) -> Client {
        Client::nodes(self.addresses, options)
    }
}
