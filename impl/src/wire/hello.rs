//! How a connection begins.

use super::ClusterId;
use katakv_core::NodeId;
use serde::{Deserialize, Serialize};

/// The first frame of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hello {
    /// A node will send [`NodeFrame`](super::NodeFrame)s.
    Peer {
        /// Its cluster.
        cluster: ClusterId,
        /// Who it is.
        from: NodeId,
    },
    /// A client or router will send [`ClientFrame`](super::ClientFrame)s.
    Client {
        /// The cluster that it expects, if it knows: a session token names it.
        cluster: Option<ClusterId>,
    },
}
