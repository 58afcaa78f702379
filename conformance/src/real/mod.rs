//! Real nodes in the harness's hands: the server's driver, WAL files and stores in directories, codec bytes between
//! them. What is not real is time and delivery.

mod cluster;
mod crash;
mod node;

pub use cluster::{Parting, RealCluster};
pub use node::{NodeError, RealNode};
