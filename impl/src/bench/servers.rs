//! Three servers of another store on this machine, for as long as they are measured.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Processes that end with this value.
#[derive(Debug)]
pub struct Servers {
    processes: Vec<Child>,
    /// The port that clients use, of each.
    ports: Vec<u16>,
}

/// Why they do not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program is not there, or not to be run. Install it.
    #[error("cannot run {program}: {source}. On Debian: apt-get install {package}")]
    Program {
        /// What it is called.
        program: &'static str,
        /// Which of Debian's packages has it.
        package: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// No directory, or no port.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Servers {
    /// A cluster of three members of etcd, with its defaults.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn etcd(home: &Path) -> Result<Servers, StartError> {
        let (ports, peer_ports) = (free_ports()?, free_ports()?);
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let cluster: Vec<String> = (0..)
            .zip(&peer_ports)
            .map(|(member, port)| format!("m{member}={}", url(*port)))
            .collect();
        let start = |member: usize| {
            let name = format!("m{member}");
            let mut command = Command::new("etcd");
            command
                .args(["--name", &name, "--data-dir"])
                .arg(home.join(&name))
                .args(["--listen-client-urls", &url(ports[member])])
                .args(["--advertise-client-urls", &url(ports[member])])
                .args(["--listen-peer-urls", &url(peer_ports[member])])
                .args(["--initial-advertise-peer-urls", &url(peer_ports[member])])
                .args(["--initial-cluster", &cluster.join(",")]);
            command
        };
        Servers::start(home, "etcd-server", "etcd", ports.clone(), start)
    }

    /// A primary of Redis that syncs its log before it answers, and two replicas of it.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn redis(home: &Path) -> Result<Servers, StartError> {
        let ports = free_ports()?;
        for member in 0..ports.len() {
            std::fs::create_dir_all(home.join(format!("m{member}")))?;
        }
        let primary = ports[0].to_string();
        let start = |member: usize| {
            let mut command = Command::new("redis-server");
            command
                .args([
                    "--port",
                    &ports[member].to_string(),
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                ])
                .arg(home.join(format!("m{member}")))
                .args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""]);
            if member > 0 {
                command.args(["--replicaof", "127.0.0.1", &primary]);
            }
            command
        };
        Servers::start(home, "redis-server", "redis-server", ports.clone(), start)
    }

    /// The port that clients use, of each server; the primary's first.
    pub fn ports(&self) -> &[u16] {
        &self.ports
    }

    fn start(
        home: &Path,
        package: &'static str,
        program: &'static str,
        ports: Vec<u16>,
        command: impl Fn(usize) -> Command,
    ) -> Result<Servers, StartError> {
        std::fs::create_dir_all(home)?;
        let mut servers = Servers {
            processes: Vec::new(),
            ports,
        };
        for member in 0..servers.ports.len() {
            let log = File::create(home.join(format!("{member}.log")))?;
            let mut command = command(member);
            command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
            let process = command.spawn().map_err(|source| StartError::Program {
                program,
                package,
                source,
            })?;
            servers.processes.push(process);
        }
        Ok(servers)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Three ports that nobody listens at, as far as one can know.
fn free_ports() -> io::Result<Vec<u16>> {
    let listeners: io::Result<Vec<TcpListener>> = (0..3)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect();
    listeners?
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect()
}
