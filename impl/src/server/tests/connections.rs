//! Bytes that make no sense end their own connection, and nothing else.

use super::{CLUSTER, Client, Cluster, bind, closed, connect, guarded, written};
use crate::server::ServerConfig;
use crate::server::admission::{Admission, share};
use crate::server::connection::{self, Shared};
use crate::server::inbox::Inbox;
use crate::server::peer::Newest;
use crate::wire::{
    ClientFrame, ClientRequest, ClusterId, Hello, NodeFrame, PeerFrame, StateFrame, StatePart, frame,
};
use katakv_core::Reply;
use katakv_core::{
    AckLevel, Entries, Entry, EntryId, Epoch, Image, Index, Lineage, Message, NodeId, Op, Partition, Payload,
    Snapshot,
};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;

const KEY: &str = "k";

/// Opens a connection, sends `bytes` on it, and waits until the node closes it. Then sees whether the node lives.
async fn assert_closed(cluster: &Cluster, place: usize, bytes: &[u8]) {
    let mut stream = connect(cluster.addrs[place]).await;
    // The node may close before it has read all of it.
    let _ = stream.get_mut().write_all(bytes).await;
    closed(&mut stream).await;
    guarded(async { cluster.client(place).await.status().await }).await;
}

fn framed<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::put(&mut bytes, value);
    bytes
}

fn client_hello() -> Vec<u8> {
    framed(&Hello::Client { cluster: None })
}

fn peer_hello(from: u8) -> Vec<u8> {
    let from = NodeId(from);
    framed(&Hello::Peer {
        cluster: CLUSTER,
        from,
    })
}

fn peer_says(message: Message) -> Vec<u8> {
    let partition = Partition::of_key(KEY.as_bytes());
    let frame = NodeFrame::Message(PeerFrame { partition, message });
    [peer_hello(1), framed(&frame)].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_frames_close_the_connection() {
    let cluster = Cluster::start().await;
    let status = framed(&ClientFrame {
        id: 1,
        request: ClientRequest::Status,
    });
    let mut unknown_version = status.clone();
    unknown_version[4] = frame::VERSION + 1;
    let mut left_over = status.clone();
    left_over[0] += 1;
    left_over.push(0);
    let too_large = (frame::FRAME_BYTES_MAX as u32 + 1).to_le_bytes().to_vec();
    for hello in [vec![], client_hello(), peer_hello(1)] {
        for bytes in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            &[0; 4],
            &[0xff; 64],
            &unknown_version,
            &too_large,
        ] {
            assert_closed(&cluster, 0, &[&hello[..], bytes].concat()).await;
        }
    }
    assert_closed(&cluster, 0, &[client_hello(), left_over].concat()).await;
    // As long as a peer's frame may be is too long for a hello, and for a client.
    let peers_longest = (frame::FRAME_BYTES_MAX as u32).to_le_bytes().to_vec();
    assert_closed(&cluster, 0, &peers_longest).await;
    assert_closed(&cluster, 0, &[client_hello(), peers_longest].concat()).await;
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_belong_here_is_closed() {
    let cluster = Cluster::start().await;
    let other = ClusterId(1);
    for hello in [
        Hello::Client { cluster: Some(other) },
        Hello::Peer {
            cluster: other,
            from: NodeId(1),
        },
        // Not a node, and the node itself.
        Hello::Peer {
            cluster: CLUSTER,
            from: NodeId(3),
        },
        Hello::Peer {
            cluster: CLUSTER,
            from: NodeId(0),
        },
    ] {
        assert_closed(&cluster, 0, &framed(&hello)).await;
    }
    // Nothing at all, for too long.
    assert_closed(&cluster, 0, &[]).await;
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_honest_peer_says_closes_the_connection_and_changes_nothing() {
    let cluster = Cluster::start().await;
    let epoch = Epoch(1);
    let entry = |epoch, index| Entry {
        id: EntryId::new(Epoch(epoch), Index(index)),
        payload: Payload::Barrier,
    };
    let append = |entries: Vec<Entry>| Message::Append {
        epoch,
        prev: EntryId::ZERO,
        commit: Index(0),
        entries: Entries::from(entries),
    };
    let no_such_partition = NodeFrame::Message(PeerFrame {
        partition: Partition(10),
        message: Message::Vote { epoch },
    });
    // Page by page, or not at all; and only what a store can take.
    let mut lineage = Lineage::default();
    lineage.append(EntryId::new(epoch, Index(1)));
    let snapshot = Snapshot {
        lineage: lineage.clone(),
        state: Image::Named(1),
    };
    let state = |part| {
        framed(&NodeFrame::State(StateFrame {
            partition: Partition(3),
            transfer: 1,
            part,
        }))
    };
    let page = StatePart::Page {
        number: 1,
        items: vec![("no kind that there is".into(), "v".into())],
        is_last: false,
    };
    let no_state = [
        peer_hello(1),
        state(StatePart::Begin { epoch, lineage }),
        state(page),
    ];
    let too_large = append((1..=70_000).map(|index| entry(1, index)).collect());
    for bytes in [
        [peer_hello(1), framed(&no_such_partition)].concat(),
        peer_says(Message::Vote {
            epoch: Epoch(u64::MAX),
        }),
        peer_says(Message::Snapshot { epoch, snapshot }),
        no_state.concat(),
        peer_says(append(vec![entry(1, 2)])),
        peer_says(append(vec![entry(2, 1)])),
        peer_says(too_large),
    ] {
        assert_closed(&cluster, 0, &bytes).await;
    }
    let leader = cluster.leader(Partition::of_key(KEY.as_bytes())).await;
    let mut client: Client = cluster.client(leader).await;
    written(client.put(KEY, "v", AckLevel::All).await);
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peers_newer_connection_replaces_the_older() {
    let cluster = Cluster::start().await;
    let mut older = connect(cluster.addrs[0]).await;
    older.get_mut().write_all(&peer_hello(1)).await.unwrap();
    let mut newer = connect(cluster.addrs[0]).await;
    newer.get_mut().write_all(&peer_hello(1)).await.unwrap();
    // Whichever the node sees last stays; the real peer connects again.
    tokio::select! {
        () = closed(&mut older) => {}
        () = closed(&mut newer) => {}
    }
    cluster.leader(Partition(0)).await;
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_stops_sending_gets_the_answers_that_are_due() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client(0).await;
    client
        .send(&ClientFrame {
            id: 9,
            request: ClientRequest::Status,
        })
        .await;
    client.stream.get_mut().shutdown().await.unwrap();
    assert_eq!(client.receive().await.id, 9);
    closed(&mut client.stream).await;
    cluster.stop_all().await;
}

/// Closed without a word, it could not know that its write was not carried out.
#[tokio::test]
async fn a_client_for_whom_there_is_no_place_is_told_so_and_nothing_is_carried_out() {
    let listener = bind().await;
    let addr = listener.local_addr().unwrap();
    let (inbox, events) = Inbox::new(1);
    let shared = Arc::new(Shared {
        config: ServerConfig::new(CLUSTER, NodeId(0), [addr; 3], "nowhere".into()),
        inbox,
        states: crate::server::states::ports().0,
        space: Default::default(),
        admission: Admission::new(),
        peers: Newest::default(),
        links: Vec::new(),
        closing: watch::channel(false).1,
    });
    let places = shared.admission.clients.available_permits();
    let _taken = share(&shared.admission.clients, u32::try_from(places).unwrap()).unwrap();
    let handshake = share(&shared.admission.handshakes, 1).unwrap();
    let serving = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move {
            let (stream, peer) = listener.accept().await.unwrap();
            connection::run(stream, peer, shared, handshake).await;
        }
    });
    let mut client = Client::connect(addr).await;
    let op = Op::Delete { key: KEY.into() };
    for _ in 0..2 {
        let level = AckLevel::Quorum;
        let reply = client
            .protocol(ClientRequest::Write {
                op: op.clone(),
                level,
            })
            .await;
        assert_eq!(reply, Reply::Busy);
    }
    client.stream.get_mut().shutdown().await.unwrap();
    closed(&mut client.stream).await;
    guarded(serving).await.unwrap();
    assert!(events[0].try_recv().is_err(), "the owner has not heard of it");
}
