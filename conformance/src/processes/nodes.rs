//! Three real processes of `katakv serve` on loopback, with directories that survive a kill.

use anyhow::{Context, ensure};
use katakv::client::{Client, Options};
use katakv::driver::Driver;
use katakv::server::{CHECKPOINT_BYTES, ServerConfig, Timing};
use katakv::wire::ClusterId;
use katakv_core::{NodeId, REPLICAS};
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// The word by which this program, started anew, becomes `katakv`.
pub const AS_KATAKV: &str = "katakv";

/// The cluster that the nodes form.
pub(super) const CLUSTER: ClusterId = ClusterId(1);

/// Where the nodes listen. Connections leave from 127.0.0.1, so that none of them can take the port of a node that is
/// down: a connection to oneself, or another node's way out.
const HOST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);

/// Three node processes, which record what they do. They end with it.
pub struct Processes {
    home: PathBuf,
    addresses: [SocketAddr; REPLICAS],
    /// Where each node finds the others.
    peers: [[SocketAddr; REPLICAS]; REPLICAS],
    timing: Timing,
    checkpoint_bytes: u64,
    children: [Option<Node>; REPLICAS],
}

/// A process, and the pipe whose end stops it in good order.
struct Node {
    process: Child,
    stdin: Option<ChildStdin>,
    paused: bool,
}

impl Processes {
    /// Starts three nodes with directories below `home`, on free ports.
    pub fn start(home: &Path) -> anyhow::Result<Processes> {
        Processes::start_with(home, CHECKPOINT_BYTES)
    }

    /// The same, with so many bytes of records between two checkpoints of a log.
    pub fn start_with(home: &Path, checkpoint_bytes: u64) -> anyhow::Result<Processes> {
        let mut processes = Processes::begin(home, checkpoint_bytes, Timing::default())?;
        processes.start_all()?;
        Ok(processes)
    }

    /// The same, with nodes that nobody has started yet.
    pub fn begin(home: &Path, checkpoint_bytes: u64, timing: Timing) -> anyhow::Result<Processes> {
        // All three are held at once, so that they differ; then they are free for the nodes.
        let free = || TcpListener::bind((HOST, 0)).context("no free port on loopback");
        let listeners = [free()?, free()?, free()?];
        let mut addresses = [SocketAddr::from((HOST, 0)); REPLICAS];
        for (address, listener) in addresses.iter_mut().zip(&listeners) {
            *address = listener.local_addr()?;
        }
        drop(listeners);
        let processes = Processes {
            home: home.to_owned(),
            addresses,
            peers: [addresses; REPLICAS],
            timing,
            checkpoint_bytes,
            children: [None, None, None],
        };
        fs::create_dir_all(home).context("cannot create a directory")?;
        fs::write(processes.config(), processes.config_text()).context("cannot write a configuration")?;
        for id in 0..REPLICAS {
            let config = processes.config_of(NodeId(id as u8));
            Driver::init(&config.data, config.driver()).context("cannot begin a node")?;
        }
        Ok(processes)
    }

    /// From its next start on, `node` finds `peer` there.
    pub fn lead_through(&mut self, node: NodeId, peer: NodeId, address: SocketAddr) {
        self.peers[usize::from(node.0)][usize::from(peer.0)] = address;
    }

    /// Where the nodes listen.
    pub fn addresses(&self) -> [SocketAddr; REPLICAS] {
        self.addresses
    }

    fn config(&self) -> PathBuf {
        self.home.join("cluster.toml")
    }

    fn config_text(&self) -> String {
        let nodes = self.addresses.map(|address| format!("{:?}", address.to_string()));
        format!(
            "cluster = \"{}\"\nnodes = [{}]\n[wal]\ncheckpoint_bytes = {}\n",
            CLUSTER,
            nodes.join(", "),
            self.checkpoint_bytes
        )
    }

    fn config_of(&self, node: NodeId) -> ServerConfig {
        ServerConfig::new(CLUSTER, node, self.addresses, self.data_of(node))
    }

    /// Begins a node anew that does not run, as one that has lost its disk.
    pub fn refill(&self, node: NodeId) -> anyhow::Result<()> {
        let config = self.config_of(node);
        fs::remove_dir_all(&config.data).context("cannot take a node's disk away")?;
        // No refill had it before: each takes the next.
        let incarnation = fs::read_dir(self.record())?.count() as u64;
        Driver::refill(&config.data, config.driver(), incarnation).context("cannot refill a node")?;
        Ok(())
    }

    /// Starts all nodes, none of which runs.
    pub fn start_all(&mut self) -> anyhow::Result<()> {
        (0..REPLICAS as u8).try_for_each(|id| self.restart(NodeId(id)))
    }

    /// Starts a node that does not run, with the directory that it had. What it logs goes into a file beside it.
    pub fn restart(&mut self, node: NodeId) -> anyhow::Result<()> {
        let program = std::env::current_exe().context("this program's own file is gone")?;
        let log = self.log_of(node);
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .context("cannot create a log file")?;
        let mut command = Command::new(program);
        command.args([AS_KATAKV, "serve", "--id", &node.0.to_string()]);
        command.arg("--config").arg(self.config());
        for address in self.peers[usize::from(node.0)] {
            command.args(["--node", &address.to_string()]);
        }
        let Timing {
            heartbeat,
            election_min,
            election_max,
        } = self.timing;
        for (name, time) in [
            ("--heartbeat-ms", heartbeat),
            ("--election-min-ms", election_min),
            ("--election-max-ms", election_max),
        ] {
            command.args([name, &time.as_millis().to_string()]);
        }
        command.arg("--data").arg(self.data_of(node));
        command
            .arg("--record")
            .arg(self.record())
            .arg("--exit-with-parent");
        // So that the turns of several owners are in one record, on any machine.
        command.args(["--owners", "3"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let mut process = command.spawn().context("cannot start a node")?;
        let stdin = process.stdin.take();
        self.children[usize::from(node.0)] = Some(Node {
            process,
            stdin,
            paused: false,
        });
        Ok(())
    }

    /// Where the nodes record what they do.
    pub fn record(&self) -> PathBuf {
        self.home.join("record")
    }

    /// Stops all nodes in good order.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        for node in 0..REPLICAS as u8 {
            self.ask_to_stop(NodeId(node))?;
        }
        (0..REPLICAS as u8).try_for_each(|id| self.stop_one(NodeId(id)))
    }

    /// Stops a node in good order.
    pub fn stop_one(&mut self, node: NodeId) -> anyhow::Result<()> {
        if let Some(Node {
            mut process, stdin, ..
        }) = self.children[usize::from(node.0)].take()
        {
            drop(stdin);
            let ended = process.wait().context("cannot reap a node")?;
            ensure!(ended.success(), "{node} did not stop in good order: {ended}");
        }
        Ok(())
    }

    /// Asks a node to stop in good order, and does not wait for it.
    pub fn ask_to_stop(&mut self, node: NodeId) -> anyhow::Result<()> {
        self.resume(node)?;
        if let Some(node) = &mut self.children[usize::from(node.0)] {
            node.stdin = None;
        }
        Ok(())
    }

    /// Whether a node that was asked to stop has stopped.
    pub fn has_stopped(&mut self, node: NodeId) -> anyhow::Result<bool> {
        let Some(Node { process, .. }) = &mut self.children[usize::from(node.0)] else {
            return Ok(true);
        };
        let Some(ended) = process.try_wait().context("cannot reap a node")? else {
            return Ok(false);
        };
        ensure!(ended.success(), "{node} did not stop in good order: {ended}");
        self.children[usize::from(node.0)] = None;
        Ok(true)
    }

    /// `kill -9`: the process gets no chance to do anything.
    pub fn kill(&mut self, node: NodeId) -> anyhow::Result<()> {
        if let Some(Node { mut process, .. }) = self.children[usize::from(node.0)].take() {
            process.kill().context("cannot kill a node")?;
            process.wait().context("cannot reap a node")?;
        }
        Ok(())
    }

    /// `kill -STOP`: the process does nothing until it is continued, and does not know it.
    pub fn pause(&mut self, node: NodeId) -> anyhow::Result<()> {
        self.signal(node, "STOP", true)
    }

    /// `kill -CONT`, if it is paused.
    pub fn resume(&mut self, node: NodeId) -> anyhow::Result<()> {
        self.signal(node, "CONT", false)
    }

    fn signal(&mut self, node: NodeId, signal: &str, pauses: bool) -> anyhow::Result<()> {
        let Some(child) = &mut self.children[usize::from(node.0)] else {
            return Ok(());
        };
        if child.paused == pauses {
            return Ok(());
        }
        // The shell's own `kill`: what the standard library can send is SIGKILL alone.
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{signal} {}", child.process.id())])
            .status()
            .context("there is no shell")?;
        ensure!(sent.success(), "{node} cannot be sent SIG{signal}");
        child.paused = pauses;
        Ok(())
    }

    /// A node that does not run loses its store: what was applied, but not the log.
    pub fn lose_store(&self, node: NodeId) -> anyhow::Result<()> {
        fs::remove_dir_all(self.data_of(node).join("store")).context("cannot remove a store")
    }

    /// A client that asks the nodes itself.
    pub fn client(&self, options: Options) -> Client {
        Client::nodes(self.addresses, options)
    }

    /// Where a node logs to.
    pub fn log_of(&self, node: NodeId) -> PathBuf {
        self.home.join(format!("{node}.log"))
    }

    fn data_of(&self, node: NodeId) -> PathBuf {
        self.home.join(node.to_string())
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
