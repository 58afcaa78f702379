//! A way from one node to another: the connections at both of its ends.

use super::nodes::CLUSTER;
use katakv::wire::{Hello, NodeFrame, frame};
use katakv_core::{NodeId, REPLICAS};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long an attempt to reach a node may take.
const CONNECT_WITHIN: Duration = Duration::from_millis(100);

/// From whom to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
}

impl Way {
    /// All six.
    pub fn all() -> impl Iterator<Item = Way> {
        let nodes = || (0..REPLICAS as u8).map(NodeId);
        let from = move |from| nodes().map(move |to| Way { from, to });
        nodes().flat_map(from).filter(|way| way.from != way.to)
    }

    pub(super) fn place(self) -> usize {
        usize::from(self.from.0) * REPLICAS + usize::from(self.to.0)
    }
}

/// What is to be done on a way.
pub(super) enum Order {
    /// A frame is passed on.
    Send(Vec<u8>),
    /// The next message goes over a new connection.
    Reconnect,
}

/// Takes the sender's connections, of which the newest counts.
pub(super) async fn accept(
    way: Way,
    listener: TcpListener,
    arrived: impl Fn(Way, NodeFrame) + Clone + Send + Sync + 'static,
) {
    let mut connection = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            connection.shutdown().await;
            let arrived = arrived.clone();
            connection.spawn(async move {
                // However it ends, the sender makes a new one.
                let _ = read(way, stream, arrived).await;
            });
        }
    }
}

async fn read(
    way: Way,
    stream: TcpStream,
    arrived: impl Fn(Way, NodeFrame),
) -> Result<(), frame::FrameError> {
    let mut reader = tokio::io::BufReader::new(stream);
    let Some(Hello::Peer { .. }) = frame::read(&mut reader).await? else {
        return Ok(());
    };
    while let Some(frame) = frame::read::<NodeFrame>(&mut reader).await? {
        arrived(way, frame);
    }
    Ok(())
}

/// Writes to the receiver, over a connection that is made when there is something to write.
pub(super) async fn pass_on(way: Way, node: SocketAddr, mut orders: mpsc::Receiver<Order>) {
    let mut connection: Option<TcpStream> = None;
    while let Some(order) = orders.recv().await {
        let bytes = match order {
            Order::Send(bytes) => bytes,
            Order::Reconnect => {
                connection = None;
                continue;
            }
        };
        // The receiver says nothing; what there is to read is the end of the connection.
        let is_open = connection.as_ref().is_some_and(
            |stream| matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock),
        );
        if !is_open {
            connection = connect(way, node).await;
        }
        if let Some(stream) = &mut connection
            && stream.write_all(&bytes).await.is_err()
        {
            connection = None;
        }
    }
}

async fn connect(way: Way, node: SocketAddr) -> Option<TcpStream> {
    let mut stream = timeout(CONNECT_WITHIN, TcpStream::connect(node))
        .await
        .ok()?
        .ok()?;
    stream.set_nodelay(true).ok()?;
    let mut hello = Vec::new();
    frame::put(
        &mut hello,
        &Hello::Peer {
            cluster: CLUSTER,
            from: way.from,
        },
    );
    stream.write_all(&hello).await.ok()?;
    Some(stream)
}
