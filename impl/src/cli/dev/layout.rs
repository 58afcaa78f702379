//! Where a development cluster is: its addresses, its directories, and its id, which stays the same between runs.

use crate::cli::exit::Failure;
use crate::driver::Driver;
use crate::server::ServerConfig;
use crate::wire::ClusterId;
use katakv_core::{NodeId, REPLICAS};
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(in crate::cli) struct Layout {
    pub(in crate::cli) data: PathBuf,
    pub(in crate::cli) cluster: ClusterId,
    pub(in crate::cli) router: SocketAddr,
    pub(in crate::cli) nodes: [SocketAddr; REPLICAS],
}

impl Layout {
    /// Checks that the ports are free and makes what is missing. `port` is followed by as many as there are nodes.
    pub(in crate::cli) fn prepare(data: PathBuf, port: u16) -> Result<Layout, Failure> {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let router = local(port);
        let nodes = std::array::from_fn(|node| local(port + 1 + node as u16));
        for address in nodes.iter().chain([&router]) {
            check_free(*address, port)?;
        }
        let failed = |error: io::Error| {
            Failure::failed(format!(
                "cannot use {}: {error}. Choose another --data",
                data.display()
            ))
        };
        fs::create_dir_all(data.join("logs")).map_err(failed)?;
        let cluster = cluster_id(&data).map_err(failed)?;
        let layout = Layout {
            data,
            cluster,
            router,
            nodes,
        };
        layout.begin()?;
        Ok(layout)
    }

    /// Begins the nodes, if none of them has ever run. A single one that has nothing has lost it.
    fn begin(&self) -> Result<(), Failure> {
        if (0..REPLICAS).any(|node| Driver::check_begun(&self.node_data(node)).is_ok()) {
            return Ok(());
        }
        for node in 0..REPLICAS {
            let data = self.node_data(node);
            let config = ServerConfig::new(self.cluster, NodeId(node as u8), self.nodes, data.clone());
            Driver::init(&data, config.driver()).map_err(Failure::failed)?;
        }
        Ok(())
    }

    pub(in crate::cli) fn node_data(&self, node: usize) -> PathBuf {
        self.data.join(format!("node{node}"))
    }

    pub(in crate::cli) fn log(&self, name: &str) -> PathBuf {
        self.data.join("logs").join(format!("{name}.log"))
    }
}

/// A better error, and an earlier one, than a child's.
fn check_free(address: SocketAddr, port: u16) -> Result<(), Failure> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::failed(format!(
            "cannot listen at {address}: {error}. `dev` needs the ports {port} to {}: stop what uses them (another \
             `katakv dev`?) or choose another --port",
            port + REPLICAS as u16
        ))),
    }
}

/// The id in the data directory; a new one for a new directory, so that tokens of a deleted cluster are refused.
fn cluster_id(data: &Path) -> io::Result<ClusterId> {
    let path = data.join("cluster");
    match fs::read_to_string(&path) {
        Ok(text) => text
            .trim_end()
            .parse()
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = ClusterId(rand::random());
            fs::write(&path, format!("{id}\n"))?;
            Ok(id)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_keeps_its_id() {
        let data = tempfile::tempdir().unwrap();
        let id = cluster_id(data.path()).unwrap();
        assert_eq!(cluster_id(data.path()).unwrap(), id);
        fs::write(data.path().join("cluster"), "damaged").unwrap();
        assert!(cluster_id(data.path()).is_err());
    }

    #[test]
    fn a_port_in_use_is_told() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let failure = check_free(taken.local_addr().unwrap(), 7100).unwrap_err();
        assert!(failure.message.contains("--port"), "{}", failure.message);
    }
}
