//! A node that speaks the wire's frames and answers as it is told.

use katakv::wire::frame;
use katakv::wire::{
    ClientFrame, ClientReply, ClientRequest, ClusterId, Elections, Hello, ServerFrame, Status,
};
use katakv_core::{EntryId, Epoch, Index, NodeId, Partition, Reply};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// The cluster that fake nodes belong to.
pub const CLUSTER: ClusterId = ClusterId(0xfa4e);

/// What every client is called by a fake node.
pub const NAME: EntryId = EntryId {
    epoch: Epoch(1),
    index: Index(1),
};

/// What a fake node does with a request.
pub enum Act {
    /// Gives the protocol's answer.
    Reply(Reply),
    /// Gives another answer.
    Other(ClientReply),
    /// Sends bytes that are no frame of an answer.
    Raw(Vec<u8>),
    /// Closes the connection.
    Close,
    /// Nothing.
    Silence,
}

/// Given a request and how many came before it, what to do.
type Script = dyn Fn(&ClientRequest, usize) -> Act + Send + Sync;

pub struct FakeNode {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<ClientRequest>>>,
    watched: Arc<Mutex<Watched>>,
    listener: AbortHandle,
}

#[derive(Clone)]
struct Behaviour {
    id: NodeId,
    cluster: ClusterId,
    /// Whether whoever wants to register gets an answer.
    names: bool,
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<ClientRequest>>>,
    watched: Arc<Mutex<Watched>>,
}

/// What it has won, and what those who watch it have said that they know.
#[derive(Default)]
struct Watched {
    won: Vec<(Partition, Epoch)>,
    known: Vec<Epoch>,
}

impl FakeNode {
    pub async fn start(
        id: u8,
        script: impl Fn(&ClientRequest, usize) -> Act + Send + Sync + 'static,
    ) -> FakeNode {
        FakeNode::of_cluster(CLUSTER, id, script).await
    }

    /// A node that leaves whoever wants to register without an answer, as a leader does that nobody follows.
    pub async fn alone(
        id: u8,
        script: impl Fn(&ClientRequest, usize) -> Act + Send + Sync + 'static,
    ) -> FakeNode {
        FakeNode::behaving(CLUSTER, id, false, script).await
    }

    pub async fn of_cluster(
        cluster: ClusterId,
        id: u8,
        script: impl Fn(&ClientRequest, usize) -> Act + Send + Sync + 'static,
    ) -> FakeNode {
        FakeNode::behaving(cluster, id, true, script).await
    }

    async fn behaving(
        cluster: ClusterId,
        id: u8,
        names: bool,
        script: impl Fn(&ClientRequest, usize) -> Act + Send + Sync + 'static,
    ) -> FakeNode {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let watched = Arc::new(Mutex::new(Watched::default()));
        let behaviour = Behaviour {
            id: NodeId(id),
            cluster,
            names,
            script: Arc::new(script),
            asked: asked.clone(),
            watched: watched.clone(),
        };
        let listener = tokio::spawn(async move {
            // Connections end with the node.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(behaviour.clone().serve(stream));
            }
        });
        FakeNode {
            address,
            asked,
            watched,
            listener: listener.abort_handle(),
        }
    }

    /// A node that gives everybody the same answer.
    pub async fn saying(id: u8, reply: Reply) -> FakeNode {
        FakeNode::start(id, move |_, _| Act::Reply(reply.clone())).await
    }

    /// It tells whoever watches it that it leads. It keeps nobody waiting.
    pub fn wins(&self, partition: Partition, epoch: Epoch) {
        self.watched.lock().unwrap().won = vec![(partition, epoch)];
    }

    /// The epoch in which a watcher has heard that it leads.
    pub fn is_known_to_lead_in(&self, partition: Partition) -> Option<Epoch> {
        let watched = self.watched.lock().unwrap();
        watched.known.get(usize::from(partition.0)).copied()
    }

    /// The writes and reads that it got, in order. `Status` and `Register` it answers on its own, and who watches it.
    pub fn asked(&self) -> Vec<ClientRequest> {
        self.asked.lock().unwrap().clone()
    }

    /// What the sessions of the reads that it got had seen.
    pub fn seen(&self) -> Vec<EntryId> {
        self.asked()
            .iter()
            .filter_map(|request| match request {
                ClientRequest::Read { seen, .. } => Some(*seen),
                _ => None,
            })
            .collect()
    }
}

impl Drop for FakeNode {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Behaviour {
    async fn serve(self, stream: TcpStream) {
        let (mut from, mut to) = stream.into_split();
        let Ok(Some(Hello::Client { .. })) = frame::read(&mut from).await else {
            return;
        };
        while let Ok(Some(ClientFrame { id, request })) = frame::read(&mut from).await {
            let reply = match self.act(&request) {
                Act::Reply(reply) => ClientReply::Protocol {
                    cluster: self.cluster,
                    node: self.id,
                    reply,
                },
                Act::Other(reply) => reply,
                Act::Silence => continue,
                Act::Close => return,
                Act::Raw(bytes) => {
                    to.write_all(&bytes).await.unwrap();
                    continue;
                }
            };
            let mut bytes = Vec::new();
            frame::put(&mut bytes, &ServerFrame { id, reply });
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    }

    fn act(&self, request: &ClientRequest) -> Act {
        if *request == ClientRequest::Status {
            return Act::Other(ClientReply::Status(Status {
                cluster: self.cluster,
                node: self.id,
                partitions: Vec::new(),
            }));
        }
        if let ClientRequest::Register { .. } = request {
            return match self.names {
                true => Act::Reply(Reply::Written { at: NAME, copies: 3 }),
                false => Act::Silence,
            };
        }
        if let ClientRequest::Watch { known } = request {
            let mut watched = self.watched.lock().unwrap();
            watched.known.clone_from(known);
            return Act::Other(ClientReply::Elected(Elections {
                cluster: self.cluster,
                node: self.id,
                won: watched.won.clone(),
            }));
        }
        let mut asked = self.asked.lock().unwrap();
        let act = (self.script)(request, asked.len());
        asked.push(request.clone());
        act
    }
}
