//! What travels between nodes, routers and clients: frames on TCP connections.
//!
//! A connection's first frame is a [`Hello`]: it says which kind of connection this is. A peer connection then
//! carries [`NodeFrame`]s in one direction, from the one who connected; a client connection carries [`ClientFrame`]s
//! one way and [`ServerFrame`]s the other, answers in any order, told apart by their number.

mod cluster;
pub mod frame;
mod protocol;

pub use cluster::NotAClusterId;

pub use protocol::{
    Behind, ClientFrame, ClientReply, ClientRequest, ClusterId, Elections, Hello, Led, NodeFrame,
    PartitionStatus, PeerFrame, Quarantined, ServerFrame, StateFrame, StatePart, Status, Usage, WantedPage,
};
