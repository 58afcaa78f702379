//! Three nodes in this process, on real sockets. No test looks at the clock: deadlines only keep a failure from
//! hanging.

mod alone;
mod backup;
mod compaction;
mod connections;
mod disk;
mod failover;
mod http;
mod lives;
mod owners;
mod requests;
mod rolling;
mod states;

use super::{ServeError, ServerConfig, serve_on};
use crate::wire::{ClientFrame, ClientReply, ClientRequest, ClusterId, Hello, ServerFrame, Status, frame};
use katakv_core::{AckLevel, EntryId, NodeId, Op, Partition, Reply};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const CLUSTER: ClusterId = ClusterId(0xc0ffee);
/// Long enough for any machine; nothing waits for it but a failing test.
const HANG_GUARD: Duration = Duration::from_secs(60);

async fn guarded<T>(future: impl Future<Output = T>) -> T {
    timeout(HANG_GUARD, future)
        .await
        .expect("no test takes this long")
}

/// A running node.
struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), ServeError>>,
}

/// Three nodes, some of them running.
struct Cluster {
    home: TempDir,
    addrs: [SocketAddr; 3],
    nodes: [Option<Running>; 3],
    /// What a test wants otherwise than by default.
    adapt: fn(&mut ServerConfig),
}

impl Cluster {
    async fn start() -> Cluster {
        Cluster::start_with(|_| {}).await
    }

    async fn start_with(adapt: fn(&mut ServerConfig)) -> Cluster {
        let mut listeners = Vec::new();
        for _ in 0..3 {
            listeners.push(bind().await);
        }
        let addrs = std::array::from_fn(|place| listeners[place].local_addr().unwrap());
        let mut cluster = Cluster {
            home: tempfile::tempdir().unwrap(),
            addrs,
            nodes: [None, None, None],
            adapt,
        };
        for (place, listener) in listeners.into_iter().enumerate() {
            cluster.start_on(place, listener);
        }
        cluster
    }

    fn start_on(&mut self, place: usize, listener: TcpListener) {
        let data = self.home.path().join(place.to_string());
        let mut config = ServerConfig::new(CLUSTER, NodeId(place as u8), self.addrs, data);
        // One, two and three of them: whatever is tested does not depend on it.
        config.owners = NonZeroUsize::new(place + 1).unwrap();
        (self.adapt)(&mut config);
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(serve_on(config, listener, async {
            let _ = stopped.await;
        }));
        self.nodes[place] = Some(Running { stop, ended });
    }

    async fn restart(&mut self, place: usize) {
        let listener = TcpListener::bind(self.addrs[place]).await.unwrap();
        self.start_on(place, listener);
    }

    async fn stop(&mut self, place: usize) {
        let Running { stop, ended } = self.nodes[place].take().unwrap();
        let _ = stop.send(());
        guarded(ended).await.unwrap().unwrap();
    }

    async fn stop_all(mut self) {
        for place in 0..3 {
            if self.nodes[place].is_some() {
                self.stop(place).await;
            }
        }
    }

    async fn client(&self, place: usize) -> Client {
        Client::connect(self.addrs[place]).await
    }

    /// The running nodes' state, once `partition` has a serving leader that all of them know; the leader's place.
    async fn leader(&self, partition: Partition) -> usize {
        let mut clients = Vec::new();
        for place in (0..3).filter(|place| self.nodes[*place].is_some()) {
            clients.push(self.client(place).await);
        }
        guarded(async {
            loop {
                let mut states = Vec::new();
                for client in &mut clients {
                    let status = client.status().await;
                    states.push((status.node, status.partitions[usize::from(partition.0)].clone()));
                }
                let serving = states.iter().find(|(_, state)| state.serving);
                if let Some((leader, _)) = serving
                    && states.iter().all(|(_, state)| state.leader == Some(*leader))
                {
                    return usize::from(leader.0);
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
    }
}

/// A client that speaks frames.
struct Client {
    stream: BufReader<TcpStream>,
    last_id: u64,
}

impl Client {
    async fn connect(addr: SocketAddr) -> Client {
        let mut client = Client {
            stream: connect(addr).await,
            last_id: 0,
        };
        client
            .send(&Hello::Client {
                cluster: Some(CLUSTER),
            })
            .await;
        client
    }

    async fn send<T: serde::Serialize>(&mut self, value: &T) {
        let mut buffer = Vec::new();
        frame::put(&mut buffer, value);
        self.stream.get_mut().write_all(&buffer).await.unwrap();
    }

    async fn receive(&mut self) -> ServerFrame {
        guarded(frame::read(&mut self.stream))
            .await
            .unwrap()
            .expect("an answer")
    }

    async fn ask(&mut self, request: ClientRequest) -> ClientReply {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&ClientFrame { id, request }).await;
        let ServerFrame { id: answered, reply } = self.receive().await;
        assert_eq!(answered, id);
        reply
    }

    async fn status(&mut self) -> Status {
        match self.ask(ClientRequest::Status).await {
            ClientReply::Status(status) => status,
            other => panic!("{other:?}"),
        }
    }

    async fn protocol(&mut self, request: ClientRequest) -> Reply {
        match self.ask(request).await {
            ClientReply::Protocol {
                cluster: CLUSTER,
                reply,
                ..
            } => reply,
            other => panic!("{other:?}"),
        }
    }

    async fn put(&mut self, key: &str, value: &str, level: AckLevel) -> Reply {
        let (key, value) = (key.into(), value.into());
        let op = Op::Put { key, value };
        self.protocol(ClientRequest::Write { op, level }).await
    }

    async fn get(&mut self, key: &str, seen: EntryId, wait_ms: u32) -> Reply {
        let key = key.into();
        self.protocol(ClientRequest::Read { key, seen, wait_ms }).await
    }
}

/// A port that stays free while its node is away: outgoing connections get theirs from 32768 upwards.
async fn bind() -> TcpListener {
    loop {
        let port = rand::random_range(10_000..32_000);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return listener;
        }
    }
}

async fn connect(addr: SocketAddr) -> BufReader<TcpStream> {
    BufReader::new(TcpStream::connect(addr).await.unwrap())
}

/// Resolves when the node has closed the connection, whatever it sends before.
async fn closed(stream: &mut BufReader<TcpStream>) {
    // A reset is a close as well.
    let _ = guarded(stream.read_to_end(&mut Vec::new())).await;
}

fn written(reply: Reply) -> (EntryId, u8) {
    match reply {
        Reply::Written { at, copies } => (at, copies),
        other => panic!("{other:?}"),
    }
}

fn value(reply: Reply) -> Option<String> {
    match reply {
        Reply::Value { value, .. } => value.map(|value| value.to_string()),
        other => panic!("{other:?}"),
    }
}
