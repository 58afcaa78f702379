//! What travels between nodes, routers and clients: frames on TCP connections.
//!
//! A connection's first frame is a [`Hello`]: it says which kind of connection this is. A peer connection then
//! carries [`NodeFrame`]s in one direction, from the one who connected; a client connection carries [`ClientFrame`]s
//! one way and [`ServerFrame`]s the other, answers in any order, told apart by their number.

mod cluster;
pub mod frame;
mod hello;
mod peer;
mod reply;
mod request;
mod status;

pub use cluster::{ClusterId, NotAClusterId};
pub use hello::Hello;
pub use peer::{NodeFrame, PeerFrame, StateFrame, StatePart};
pub use reply::{ClientReply, Elections, Quarantined, ServerFrame};
pub use request::{ClientFrame, ClientRequest, WantedPage};
pub use status::{Behind, Led, PartitionStatus, Status, Usage};
