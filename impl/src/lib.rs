//! KataKV in production: the node, the router and the client around the protocol of `katakv_core`.
//!
//! A node, from the disk upwards:
//! - `wal` makes records durable, `log` and `store` are what replicas hold, `codec` is how all of it becomes bytes;
//! - `driver` is the only caller of the protocol's `step`, without sockets or clocks;
//! - `server` gives it both, and speaks `wire` with peers and clients;
//! - `tap` records what a node was given and did, for whoever wants to check it.
//!
//! Around it: `client` sends operations, `session` is what a client has to remember, `router` is a client that many
//! share, `placement` is which nodes hold which partition, `backup` copies a cluster into a directory and back, `cli` is the
//! command line, `config` the file that it takes,
//! `bench` measures the whole of it.

#[macro_use]
mod sabotage;

pub mod backup;
pub mod bench;
pub mod cli;
pub mod client;
pub mod codec;
pub mod config;
pub mod driver;
pub mod log;
pub mod placement;
pub mod router;
pub mod server;
pub mod session;
pub mod store;
pub mod tap;
pub mod wal;
pub mod wire;
