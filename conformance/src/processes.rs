//! Three real processes of `katakv serve` on loopback, with directories that survive a kill.

use anyhow::{Context, ensure};
use katakv::client::{Client, Options};
use katakv::driver::Driver;
use katakv::server::ServerConfig;
use katakv::wire::ClusterId;
use katakv_core::{NodeId, REPLICAS};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// The word by which this program, started anew, becomes `katakv`.
pub const AS_KATAKV: &str = "katakv";

/// Where the nodes listen. Connections leave from 127.0.0.1, so that none of them can take the port of a node that is
/// down: a connection to oneself, or another node's way out.
const HOST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);

/// Three node processes, which record what they do. They end with it.
pub struct Processes {
    home: PathBuf,
    addresses: [SocketAddr; REPLICAS],
    children: [Option<Node>; REPLICAS],
}

/// A process, and the pipe whose end stops it in good order.
struct Node {
    process: Child,
    stdin: Option<ChildStdin>,
}

impl Processes {
    /// Starts three nodes with directories below `home`, on free ports.
    pub fn start(home: &Path) -> anyhow::Result<Processes> {
        // All three are held at once, so that they differ; then they are free for the nodes.
        let free = || TcpListener::bind((HOST, 0)).context("no free port on loopback");
        let listeners = [free()?, free()?, free()?];
        let mut addresses = [SocketAddr::from((HOST, 0)); REPLICAS];
        for (address, listener) in addresses.iter_mut().zip(&listeners) {
            *address = listener.local_addr()?;
        }
        drop(listeners);
        let mut processes = Processes {
            home: home.to_owned(),
            addresses,
            children: [None, None, None],
        };
        for id in 0..REPLICAS {
            let data = home.join(NodeId(id as u8).to_string());
            let config = ServerConfig::new(ClusterId(1), NodeId(id as u8), addresses, data.clone());
            Driver::init(&data, config.driver()).context("cannot begin a node")?;
        }
        processes.start_all()?;
        Ok(processes)
    }

    /// Starts all nodes, none of which runs.
    pub fn start_all(&mut self) -> anyhow::Result<()> {
        (0..REPLICAS as u8).try_for_each(|id| self.restart(NodeId(id)))
    }

    /// Starts a node that does not run, with the directory that it had. What it logs goes into a file beside it.
    pub fn restart(&mut self, node: NodeId) -> anyhow::Result<()> {
        let program = std::env::current_exe().context("this program's own file is gone")?;
        let log = self.home.join(format!("{node}.log"));
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .context("cannot create a log file")?;
        let mut command = Command::new(program);
        command.args([AS_KATAKV, "serve", "--id", &node.0.to_string()]);
        for address in self.addresses {
            command.args(["--node", &address.to_string()]);
        }
        command.arg("--data").arg(self.home.join(node.to_string()));
        command
            .arg("--record")
            .arg(self.record())
            .arg("--exit-with-parent");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let mut process = command.spawn().context("cannot start a node")?;
        let stdin = process.stdin.take();
        self.children[usize::from(node.0)] = Some(Node { process, stdin });
        Ok(())
    }

    /// Where the nodes record what they do.
    pub fn record(&self) -> PathBuf {
        self.home.join("record")
    }

    /// Stops all nodes in good order.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        for node in self.children.iter_mut().flatten() {
            node.stdin = None;
        }
        for node in &mut self.children {
            if let Some(mut node) = node.take() {
                let ended = node.process.wait().context("cannot reap a node")?;
                ensure!(ended.success(), "a node did not stop in good order: {ended}");
            }
        }
        Ok(())
    }

    /// `kill -9`: the process gets no chance to do anything.
    pub fn kill(&mut self, node: NodeId) -> anyhow::Result<()> {
        if let Some(Node { mut process, .. }) = self.children[usize::from(node.0)].take() {
            process.kill().context("cannot kill a node")?;
            process.wait().context("cannot reap a node")?;
        }
        Ok(())
    }

    /// A client that asks the nodes itself.
    pub fn client(&self, options: Options) -> Client {
        Client::nodes(self.addresses, options)
    }

    /// Where a node logs to.
    pub fn log_of(&self, node: NodeId) -> PathBuf {
        self.home.join(format!("{node}.log"))
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for id in 0..REPLICAS {
            // There is nobody to tell.
            let _ = self.kill(NodeId(id as u8));
        }
    }
}
