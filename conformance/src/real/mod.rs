//! Real nodes in the harness's hands: the server's driver, WAL files and stores in directories, codec bytes between
//! them. What is not real is time and delivery.

mod budget;
mod cluster;
mod crash;
mod node;
mod offers;
mod parting;
mod records;
mod under_way;

pub use cluster::RealCluster;
pub use node::{NodeError, RealNode};
pub use parting::Parting;
