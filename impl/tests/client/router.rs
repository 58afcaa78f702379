//! The routing tier: passes requests and answers on, keeps nothing, and survives its clients.

use crate::fake::{Act, CLUSTER, FakeNode};
use crate::{hurried, id, nobody, patient};
use katakv::client::{CallError, Client, Connection, FateError, Options, ReadError, WriteError};
use katakv::router::{Router, RouterConfig};
use katakv::session::Session;
use katakv::wire::frame;
use katakv::wire::{ClientReply, ClientRequest, ClusterId, Hello};
use katakv_core::{AckLevel::Quorum, LostRange, NodeId, Partition, Reply};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(60);

/// A router that runs until it is dropped.
pub struct Running {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub async fn route(listen: SocketAddr, nodes: [SocketAddr; 3], options: Options) -> Running {
    let config = RouterConfig {
        listen,
        nodes: nodes.into(),
        options,
    };
    let router = Router::bind(config).await.unwrap();
    let address = router.address();
    let task = tokio::spawn(router.run(std::future::pending()));
    Running { address, task }
}

fn anywhere() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

fn k() -> Partition {
    Partition::of_key(b"k")
}

/// A node that accepts writes at e1:5 and answers reads there.
async fn good_node(id_: u8) -> FakeNode {
    FakeNode::start(id_, |request, _| {
        Act::Reply(match request {
            ClientRequest::Write { .. } | ClientRequest::Once { .. } => Reply::Written {
                at: id(1, 5),
                copies: 2,
            },
            _ => Reply::Value {
                value: Some("v".into()),
                version: Some(id(1, 5)),
                at: id(1, 5),
            },
        })
    })
    .await
}

#[tokio::test]
async fn a_router_that_is_restarted_in_the_middle_of_a_session_changes_nothing() {
    let node = good_node(0).await;
    let nodes = [node.address; 3];
    let first = route(anywhere(), nodes, patient()).await;
    let address = first.address;
    let client = Client::router(address, patient());
    let mut session = Session::default();
    client.put(&mut session, "k", "v", Quorum).await.unwrap();

    drop(first);
    let second = route(anywhere(), nodes, patient()).await;
    // Another router, which has never heard of the session.
    let other = Client::router(second.address, patient());
    assert_eq!(
        other.get(&mut session, "k").await.unwrap().value,
        Some("v".into())
    );

    // And the same client, when the router is back at its address.
    let _third = route(address, nodes, patient()).await;
    client.get(&mut session, "k").await.unwrap();
    assert_eq!(node.seen(), [id(1, 5), id(1, 5)]);
}

#[tokio::test]
async fn a_stale_cache_is_corrected_by_the_first_answer() {
    let old = FakeNode::start(0, |_, count| {
        Act::Reply(match count {
            0 => Reply::Written {
                at: id(1, 2),
                copies: 2,
            },
            _ => Reply::NotLeader {
                leader: Some(NodeId(2)),
            },
        })
    })
    .await;
    let new = good_node(2).await;
    let router = route(anywhere(), [old.address, nobody(), new.address], patient()).await;
    let client = Client::router(router.address, patient());
    let mut session = Session::default();
    for _ in 0..3 {
        client.put(&mut session, "k", "v", Quorum).await.unwrap();
    }
    assert_eq!((old.asked().len(), new.asked().len()), (2, 2));
}

#[tokio::test]
async fn lost_and_unavailable_pass_through() {
    let range = LostRange {
        epoch: id(1, 5).epoch,
        first: id(1, 5).index,
        last: id(1, 5).index,
    };
    let lost = FakeNode::saying(0, Reply::Lost(range)).await;
    let router = route(anywhere(), [lost.address; 3], patient()).await;
    let mut session = Session::default();
    session.advance(k(), id(1, 5));
    let error = Client::router(router.address, patient())
        .get(&mut session, "k")
        .await
        .unwrap_err();
    assert_eq!(
        error,
        ReadError::Lost {
            partition: k(),
            range
        }
    );

    let silent = FakeNode::start(0, |_, _| Act::Close).await;
    let router = route(anywhere(), [silent.address, nobody(), nobody()], hurried()).await;
    let client = Client::router(router.address, patient());
    let error = client
        .put(&mut Session::default(), "k", "v", Quorum)
        .await
        .unwrap_err();
    assert!(matches!(error, WriteError::OutcomeUnknown { .. }), "{error}");
    assert!(silent.asked().len() > 1, "it is numbered, so it is sent again");

    let router = route(anywhere(), [nobody(), nobody(), nobody()], hurried()).await;
    let client = Client::router(router.address, patient());
    let error = client
        .put(&mut Session::default(), "k", "v", Quorum)
        .await
        .unwrap_err();
    assert!(matches!(error, WriteError::Unavailable { .. }), "{error}");
    let error = client
        .get(&mut Session::default(), "k")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        ["n0", "n1", "n2"].iter().all(|node| error.contains(node)),
        "{error}"
    );
}

#[tokio::test]
async fn garbage_closes_its_own_connection_only() {
    let node = good_node(0).await;
    let router = route(anywhere(), [node.address; 3], patient()).await;
    let bystander = Client::router(router.address, patient());
    bystander.get(&mut Session::default(), "k").await.unwrap();

    let mut hello = Vec::new();
    frame::put(&mut hello, &Hello::Client { cluster: None });
    let mut garbage_later = hello.clone();
    garbage_later.extend_from_slice(b"\x03\0\0\0\x01\xff\xff");
    let mut huge = hello;
    huge.extend_from_slice(&u32::MAX.to_le_bytes());
    let mut peer = Vec::new();
    let cluster = CLUSTER;
    frame::put(
        &mut peer,
        &Hello::Peer {
            cluster,
            from: NodeId(1),
        },
    );
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".to_vec(), garbage_later, huge, peer] {
        let mut stream = TcpStream::connect(router.address).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        // The router closes; with bytes left unread, the system says so as a reset.
        let end = tokio::time::timeout(PATIENCE, stream.read(&mut [0; 16]))
            .await
            .unwrap();
        assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    }
    bystander.get(&mut Session::default(), "k").await.unwrap();
}

#[tokio::test]
async fn statuses_are_of_each_node_in_turn() {
    let (n0, n2) = (good_node(0).await, good_node(2).await);
    let router = route(anywhere(), [n0.address, nobody(), n2.address], patient()).await;
    let status = Client::router(router.address, patient()).status().await;
    assert!(status.nodes[0].is_some() && status.nodes[1].is_none() && status.nodes[2].is_some());
    assert_eq!(status.failures.len(), 1);
    assert!(
        status.failures[0].starts_with("n1: cannot connect"),
        "{:?}",
        status.failures
    );
}

#[tokio::test]
async fn a_write_for_another_cluster_is_not_passed_on() {
    let node = good_node(0).await;
    let router = route(anywhere(), [node.address; 3], patient()).await;
    let mut session = Session::default();
    session.join(ClusterId(7)).unwrap();
    let client = Client::router(router.address, patient());
    let error = client.put(&mut session, "k", "v", Quorum).await.unwrap_err();
    assert!(matches!(error, WriteError::OtherCluster(_)), "{error}");

    // Also if the client relies on its hello.
    let connection = Connection::open(router.address, Some(ClusterId(7)))
        .await
        .unwrap();
    let request = ClientRequest::Write {
        op: katakv_core::Op::Delete { key: "k".into() },
        level: Quorum,
    };
    let reply = connection.call(request, PATIENCE).await.unwrap();
    assert!(matches!(reply, ClientReply::Invalid(_)), "{reply:?}");
    assert!(node.asked().is_empty());
}

/// The router itself would not know whom to ask.
#[tokio::test]
async fn a_partition_that_there_is_not_is_refused_at_the_router() {
    let node = good_node(0).await;
    let router = route(anywhere(), [node.address; 3], patient()).await;
    let connection = Connection::open(router.address, None).await.unwrap();
    let (partition, at) = (Partition(200), id(1, 5));
    for request in [
        ClientRequest::Fate { partition, at },
        ClientRequest::Register { partition },
        ClientRequest::Transfer {
            partition,
            to: NodeId(1),
        },
        ClientRequest::Await {
            partition,
            at,
            level: Quorum,
            wait_ms: 0,
        },
        ClientRequest::Quarantine {
            node: NodeId(0),
            partition,
            from: at,
        },
    ] {
        let reply = connection.call(request, PATIENCE).await.unwrap();
        assert!(matches!(reply, ClientReply::Invalid(_)), "{reply:?}");
    }
    assert!(node.asked().is_empty());
    let client = Client::nodes([node.address; 3], patient());
    let error = client.fate(partition, at).await.unwrap_err();
    assert!(matches!(error, FateError::Invalid(_)), "{error}");
}

#[tokio::test]
async fn a_router_that_dies_during_a_write_leaves_its_outcome_unknown() {
    let node = FakeNode::start(0, |_, _| Act::Silence).await;
    let router = route(anywhere(), [node.address; 3], patient()).await;
    let connection = Connection::open(router.address, None).await.unwrap();
    let request = ClientRequest::Write {
        op: katakv_core::Op::Delete { key: "k".into() },
        level: Quorum,
    };
    let (result, ()) = tokio::join!(connection.call(request, PATIENCE), async {
        while node.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(router);
    });
    assert!(
        matches!(result, Err(CallError::Broken { sent: true, .. })),
        "{result:?}"
    );
}
