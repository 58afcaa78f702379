//! What operators' tools see.

use super::{Cluster, guarded, written};
use crate::server::ServerConfig;
use katakv_core::{AckLevel, Partition};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The status line and all that follows it.
async fn get(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: node\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// At the node's own port, on another address of the loopback.
fn beside(node: SocketAddr) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 2], node.port()))
}

#[tokio::test]
async fn a_node_is_alive_and_ready_and_tells_its_metrics() {
    let with_http = |config: &mut ServerConfig| {
        config.http = Some(beside(config.nodes.addresses[usize::from(config.id.0)]));
    };
    let cluster = Cluster::start_with(with_http).await;
    let partition = Partition::of_key(b"greeting");
    let leader = cluster.leader(partition).await;
    let http = beside(cluster.addrs[leader]);
    let mut client = cluster.client(leader).await;
    written(client.put("greeting", "hello", AckLevel::Quorum).await);
    guarded(async {
        while !get(http, "/readyz").await.starts_with("HTTP/1.1 200") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert!(get(http, "/livez").await.starts_with("HTTP/1.1 200"));
    let metrics = get(http, "/metrics").await;
    let serving = format!("katakv_serving{{partition=\"{}\"}} 1", partition.0);
    for line in [serving.as_str(), "katakv_request_seconds_count{kind=\"write\"} 1"] {
        assert!(
            metrics.lines().any(|other| other == line),
            "{line} is not in\n{metrics}"
        );
    }
    assert!(get(http, "/else").await.starts_with("HTTP/1.1 404"));
    cluster.stop_all().await;
}

/// Without the others nobody is elected: alive, and not ready.
#[tokio::test]
async fn a_node_alone_is_alive_and_not_ready() {
    let with_http = |config: &mut ServerConfig| {
        config.http = Some(beside(config.nodes.addresses[usize::from(config.id.0)]));
    };
    let mut cluster = Cluster::start_with(with_http).await;
    for place in 0..3 {
        cluster.stop(place).await;
    }
    cluster.restart(1).await;
    let http = beside(cluster.addrs[1]);
    guarded(async {
        while TcpStream::connect(http).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert!(get(http, "/livez").await.starts_with("HTTP/1.1 200"));
    let ready = get(http, "/readyz").await;
    assert!(
        ready.starts_with("HTTP/1.1 503") && ready.contains("p9"),
        "{ready}"
    );
    cluster.stop_all().await;
}
