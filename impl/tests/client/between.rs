//! Somebody between clients and a node, who has both ends of each connection in his hands.

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Listens for clients of the node at `node`, until its task is dropped with `tasks`; `pass_on` gets each client's connection, and one to
/// the node.
pub async fn between<F>(
    node: SocketAddr,
    tasks: &mut JoinSet<()>,
    pass_on: impl Fn(TcpStream, TcpStream) -> F + Send + Sync + 'static,
) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let pass_on = Arc::new(pass_on);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((client, _)) = listener.accept().await {
            let pass_on = Arc::clone(&pass_on);
            connections.spawn(async move {
                // A node that is gone accepts nobody: then neither does this.
                if let Ok(server) = TcpStream::connect(node).await {
                    pass_on(client, server).await;
                }
            });
        }
    });
    address
}
