//! A router is told of elections, and may be stale, late, or killed at any moment: nothing that was promised changes.

use crate::cli::{expect_code, katakv, stdout};
use crate::fake::{Act, FakeNode};
use crate::nodes::{Nodes, Process, free_addresses};
use crate::router::route;
use crate::{id, patient};
use katakv::client::{Client, Connection};
use katakv::session::Session;
use katakv::wire::{ClientReply, ClientRequest, Elections};
use katakv_core::{AckLevel, Epoch, NodeId, Partition, Reply};
use std::net::SocketAddr;
use std::time::Duration;

/// Starts a router process.
fn router(listen: SocketAddr, nodes: &Nodes) -> Process {
    let (listen, nodes) = (
        listen.to_string(),
        nodes.addresses.map(|address| address.to_string()),
    );
    let mut arguments = vec!["router", "--listen", &listen];
    arguments.extend(nodes.iter().flat_map(|node| ["--node", node]));
    Process::start(&arguments)
}

/// Writes until it is acknowledged: while nodes and routers come and go, an outcome may be unknown.
async fn write(arguments: &[&str]) {
    loop {
        let output = katakv(arguments).await;
        if output.status.code() != Some(6) {
            return expect_code(&output, 0);
        }
    }
}

#[tokio::test]
async fn a_router_that_is_killed_between_put_and_get_takes_nothing_from_the_session() {
    let mut nodes = Nodes::start();
    let [address] = free_addresses();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let (file, listen) = (file.to_str().unwrap(), address.to_string());
    let common = ["--session", file, "--router", &listen, "--deadline-ms", "60000"];

    let first = router(address, &nodes);
    write(&[&["put", "k", "one"], &common[..]].concat()).await;
    drop(first);
    let second = router(address, &nodes);
    let got = katakv(&[&["get", "k"], &common[..]].concat()).await;
    expect_code(&got, 0);
    assert_eq!(stdout(&got), "one\n");

    // A failover while the router is away, and while it is there.
    for (round, value) in ["two", "three"].into_iter().enumerate() {
        let client = nodes.client(patient());
        let leader = client
            .get_linearizable(&mut Session::default(), "k")
            .await
            .unwrap()
            .node;
        nodes.kill(leader);
        write(&[&["put", "k", value], &common[..]].concat()).await;
        nodes.restart(leader);
        let got = katakv(&[&["get", "k"], &common[..]].concat()).await;
        expect_code(&got, 0);
        assert_eq!(stdout(&got), format!("{value}\n"), "round {round}");
    }
    drop(second);
    let _third = router(address, &nodes);
    let got = katakv(&[&["get", "k"], &common[..]].concat()).await;
    expect_code(&got, 0);
    assert_eq!(stdout(&got), "three\n");
}

/// A node that accepts every write.
async fn eager(id_: u8, epoch: u64) -> FakeNode {
    let (at, copies) = (id(epoch, 5), 2);
    FakeNode::start(id_, move |_, _| Act::Reply(Reply::Written { at, copies })).await
}

#[tokio::test]
async fn a_router_is_told_who_leads_and_an_older_result_changes_nothing() {
    let k = Partition::of_key(b"k");
    let (n0, n1, n2) = (eager(0, 1).await, eager(1, 4).await, eager(2, 5).await);
    let listen = "127.0.0.1:0".parse().unwrap();
    let running = route(listen, [n0.address, n1.address, n2.address], patient()).await;
    let client = Client::router(running.address, patient());
    let put = async || {
        let written = client
            .put(&mut Session::default(), "k", "v", AckLevel::Quorum)
            .await;
        written.unwrap().node
    };
    let heard = async |node: &FakeNode, epoch: u64| {
        while node.is_known_to_lead_in(k) != Some(Epoch(epoch)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    // Nobody has told it, so it asks them in their order.
    assert_eq!(put().await, NodeId(0));
    n2.wins(k, Epoch(5));
    heard(&n2, 5).await;
    assert_eq!(put().await, NodeId(2));
    // An older election, of which it hears later.
    n1.wins(k, Epoch(4));
    heard(&n1, 4).await;
    assert_eq!(put().await, NodeId(2));
    n0.wins(k, Epoch(6));
    heard(&n0, 6).await;
    assert_eq!(put().await, NodeId(0));
    assert!(n1.asked().is_empty());
}

#[tokio::test]
async fn real_nodes_tell_whoever_watches_that_they_lead() {
    let nodes = Nodes::start();
    let k = Partition::of_key(b"k");
    let client = nodes.client(patient());
    let read = async || {
        client
            .get_linearizable(&mut Session::default(), "k")
            .await
            .unwrap()
            .node
    };
    loop {
        let leader = read().await;
        let connection = Connection::open(nodes.addresses[usize::from(leader.0)], None)
            .await
            .unwrap();
        let request = ClientRequest::Watch { known: Vec::new() };
        let told = connection.call(request, Duration::from_secs(60)).await;
        let Ok(ClientReply::Elected(Elections { node, won, .. })) = told else {
            panic!("{told:?}");
        };
        assert_eq!(node, leader);
        // It may have been deposed in between.
        if won.iter().any(|(partition, _)| *partition == k) {
            break;
        }
    }
}
