//! The nodes of a cluster, as a client or a router sees them.
//!
//! What it holds besides the configuration is a cache and may be lost at any time: connections, who leads which partition, and
//! the cluster's id once a node has told it. How writes and reads find their node is in `write.rs` and `read.rs`.

use super::calls::CallError;
use super::leaders::Leaders;
use super::link::Link;
use super::nearest::Nearest;
use super::patience::Patience;
use super::prefer::Prefer;
use super::tried::{Outcome, Tried};
use crate::placement::{Nodes, Placement};
use crate::wire::{ClientReply, ClientRequest, ClusterId, Status};
use katakv_core::{NodeId, Reply};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long operations may take, and where reads go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long an operation goes on before it fails as unavailable.
    pub deadline: Duration,
    /// How long a replica may wait to catch up with a session before the next one is asked.
    pub wait: Duration,
    /// Which replica is asked first for reads.
    pub prefer: Prefer,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            deadline: Duration::from_secs(5),
            wait: Duration::from_millis(200),
            prefer: Prefer::Follower,
        }
    }
}

/// How much longer than a node's own wait its answer may take.
const ANSWER_GRACE: Duration = Duration::from_millis(500);

/// A node's final answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The cluster that it belongs to.
    pub cluster: ClusterId,
    /// The node that gave it.
    pub node: NodeId,
    /// To a write `Written` or `Unknown`, to a read `Value` or `Lost`.
    pub reply: Reply,
}

/// Why there is no final answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The request breaks a limit and was not carried out. Do not retry it as it is.
    #[error("{0}")]
    Invalid(String),
    /// Nobody gave one in time. Retry later; a write only if it was not perhaps done.
    #[error("{tried}")]
    Unavailable {
        /// What was tried, node by node.
        tried: String,
        /// Whether a write may have been carried out all the same.
        maybe_done: bool,
    },
}

/// The nodes of one cluster. Cheap to share: every operation takes `&self`.
#[derive(Debug)]
pub struct Cluster {
    links: Vec<Arc<Link>>,
    placement: Placement,
    pub(super) leaders: Leaders,
    id: OnceLock<ClusterId>,
    pub(super) options: Options,
    /// If that is who reads ask first.
    pub(super) nearest: Option<Arc<Nearest>>,
}

/// What one node said to a protocol request.
pub(super) enum Said {
    /// The protocol's answer.
    Answer(Answer),
    /// The request breaks a limit.
    Invalid(String),
    /// Nothing that helps.
    Nothing(Outcome),
}

impl Cluster {
    /// The cluster of these nodes. Connects when it is first used.
    pub fn new(nodes: impl Into<Nodes>, options: Options) -> Cluster {
        let Nodes { addresses, placement } = nodes.into();
        let nearest =
            (options.prefer == Prefer::Nearest).then(|| Arc::new(Nearest::new(placement.nodes().count())));
        Cluster {
            links: addresses.into_iter().map(Link::new).map(Arc::new).collect(),
            placement,
            leaders: Leaders::new(placement),
            id: OnceLock::new(),
            options,
            nearest,
        }
    }

    /// Its id, if a node has told it.
    pub(super) fn id(&self) -> Option<ClusterId> {
        self.id.get().copied()
    }

    /// Which of its nodes hold which partition.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The address of a node, if there is such a node.
    pub(super) fn address(&self, node: NodeId) -> Option<SocketAddr> {
        Some(self.link(node).ok()?.address())
    }

    /// The way to a node.
    pub(super) fn link(&self, node: NodeId) -> Result<&Arc<Link>, Outcome> {
        self.links.get(usize::from(node.0)).ok_or(Outcome::NoSuchNode)
    }

    /// Which cluster it is, asking its nodes if none has told yet. Fails as [`Failure::Unavailable`], nothing done.
    pub async fn identify(&self) -> Result<ClusterId, Failure> {
        let mut patience = Patience::new(self.options.deadline);
        let mut tried = Tried::default();
        loop {
            if let Some(id) = self.id.get() {
                return Ok(*id);
            }
            for node in self.placement.nodes() {
                match self.status(node).await {
                    Ok(status) => return Ok(status.cluster),
                    Err(outcome) => tried.note(node, outcome),
                }
            }
            if patience.left().is_none() {
                return Err(unavailable(&tried, false));
            }
            patience.pause().await;
        }
    }

    /// A node's state.
    pub async fn status(&self, node: NodeId) -> Result<Status, Outcome> {
        let within = self.options.deadline.min(ANSWER_GRACE);
        match self.call(node, ClientRequest::Status, within).await? {
            ClientReply::Status(status) => {
                self.belongs(status.cluster)?;
                Ok(status)
            }
            _ => Err(Outcome::Nonsense),
        }
    }

    /// One request to one node, and whatever it answers.
    pub async fn raw(&self, node: NodeId, request: ClientRequest) -> Result<ClientReply, Outcome> {
        self.call(node, request, self.options.deadline).await
    }

    /// Asks `node` something that the protocol answers.
    pub(super) async fn ask(&self, node: NodeId, request: ClientRequest, within: Duration) -> Said {
        let answer = match self.call(node, request, within).await {
            Ok(ClientReply::Protocol { cluster, node, reply }) => Answer { cluster, node, reply },
            Ok(ClientReply::Invalid(why)) => return Said::Invalid(why),
            Ok(ClientReply::DiskFull { .. }) => return Said::Nothing(Outcome::DiskFull),
            Ok(ClientReply::LivesFull { .. }) => return Said::Nothing(Outcome::LivesFull),
            Ok(ClientReply::Elsewhere { replicas, .. }) => {
                return Said::Nothing(Outcome::Elsewhere { replicas });
            }
            Ok(_) => return Said::Nothing(Outcome::Nonsense),
            Err(Outcome::Failed(error @ CallError::TooLarge { .. })) => {
                return Said::Invalid(error.to_string());
            }
            Err(outcome) => return Said::Nothing(outcome),
        };
        match self.belongs(answer.cluster) {
            Ok(()) => Said::Answer(answer),
            Err(outcome) => Said::Nothing(outcome),
        }
    }

    pub(super) async fn call(
        &self,
        node: NodeId,
        request: ClientRequest,
        within: Duration,
    ) -> Result<ClientReply, Outcome> {
        self.link(node)?
            .call(self.id.get().copied(), request, within)
            .await
            .map_err(Outcome::Failed)
    }

    /// The first answer says which cluster this is; nodes of another one are not listened to.
    pub(super) fn belongs(&self, cluster: ClusterId) -> Result<(), Outcome> {
        if *self.id.get_or_init(|| cluster) == cluster {
            Ok(())
        } else {
            Err(Outcome::OtherCluster(cluster))
        }
    }
}

/// How long to wait for a node that may itself wait for `wait`.
pub(super) fn with_grace(wait: Duration) -> Duration {
    wait + ANSWER_GRACE
}

pub(super) fn unavailable(tried: &Tried, maybe_done: bool) -> Failure {
    Failure::Unavailable {
        tried: tried.to_string(),
        maybe_done,
    }
}
