//! One connection: answers in any order, each to its own request.

use crate::fake::{Act, FakeNode};
use crate::id;
use katakv::client::{Connection, IN_FLIGHT_MAX};
use katakv::wire::frame;
use katakv::wire::{ClientFrame, ClientReply, ClientRequest, Hello, ServerFrame};
use katakv_core::{EntryId, NodeId, Reply};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(60);

fn read_of(key: &str) -> ClientRequest {
    ClientRequest::Read {
        key: key.into(),
        seen: EntryId::ZERO,
        wait_ms: 0,
    }
}

/// The key as the value.
fn echo(request: &ClientRequest) -> Reply {
    match request {
        ClientRequest::Read { key, .. } => Reply::Value {
            value: Some(key.clone()),
            version: Some(id(1, 1)),
            at: id(1, 1),
        },
        _ => Reply::NotServing,
    }
}

#[tokio::test]
async fn answers_in_reverse_order_reach_their_requests() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let node = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let hello: Option<Hello> = frame::read(&mut stream).await.unwrap();
        assert_eq!(hello, Some(Hello::Client { cluster: None }));
        let mut requests = Vec::new();
        while requests.len() < 10 {
            requests.push(frame::read::<ClientFrame>(&mut stream).await.unwrap().unwrap());
        }
        let mut bytes = Vec::new();
        for ClientFrame { id, request } in requests.iter().rev() {
            let reply = ClientReply::Protocol {
                cluster: crate::fake::CLUSTER,
                node: NodeId(0),
                reply: echo(request),
            };
            frame::put(&mut bytes, &ServerFrame { id: *id, reply });
        }
        stream.write_all(&bytes).await.unwrap();
        // Until the client closes.
        let _ = frame::read::<ClientFrame>(&mut stream).await;
    });
    let connection = Arc::new(Connection::open(address, None).await.unwrap());
    let calls: Vec<_> = (0..10)
        .map(|call| {
            let connection = connection.clone();
            tokio::spawn(async move { connection.call(read_of(&call.to_string()), PATIENCE).await })
        })
        .collect();
    for (call, answer) in calls.into_iter().enumerate() {
        let ClientReply::Protocol { reply, .. } = answer.await.unwrap().unwrap() else {
            panic!("not the protocol's answer");
        };
        assert_eq!(reply, echo(&read_of(&call.to_string())));
    }
    drop(connection);
    node.await.unwrap();
}

#[tokio::test]
async fn more_calls_than_fit_wait_for_their_turn() {
    let node = FakeNode::start(0, |request, _| Act::Reply(echo(request))).await;
    let connection = Arc::new(Connection::open(node.address, None).await.unwrap());
    let calls: Vec<_> = (0..3 * IN_FLIGHT_MAX)
        .map(|call| {
            let connection = connection.clone();
            tokio::spawn(async move { connection.call(read_of(&call.to_string()), PATIENCE).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_answer_that_comes_too_late_bothers_nobody() {
    let node = FakeNode::start(0, |request, count| match count {
        0 => Act::Silence,
        // The answer to the first request, long after it was given up, and to this one.
        1 => {
            let mut bytes = Vec::new();
            for id in [0, 1] {
                let reply = ClientReply::Protocol {
                    cluster: crate::fake::CLUSTER,
                    node: NodeId(0),
                    reply: echo(request),
                };
                frame::put(&mut bytes, &ServerFrame { id, reply });
            }
            Act::Raw(bytes)
        }
        _ => Act::Reply(echo(request)),
    })
    .await;
    let connection = Arc::new(Connection::open(node.address, None).await.unwrap());
    let given_up = tokio::spawn({
        let connection = connection.clone();
        async move { connection.call(read_of("0"), PATIENCE).await }
    });
    while node.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    connection.call(read_of("1"), PATIENCE).await.unwrap();
    connection.call(read_of("2"), PATIENCE).await.unwrap();
}

#[tokio::test]
async fn an_answer_to_a_request_that_was_never_made_breaks_the_connection() {
    let node = FakeNode::start(0, |_, _| {
        let mut bytes = Vec::new();
        let reply = ClientReply::Invalid(String::new());
        frame::put(&mut bytes, &ServerFrame { id: 77, reply });
        Act::Raw(bytes)
    })
    .await;
    let connection = Connection::open(node.address, None).await.unwrap();
    let error = connection.call(read_of("0"), PATIENCE).await.unwrap_err();
    assert!(error.maybe_done() && error.to_string().contains("77"), "{error}");
    // What comes after is surely not sent.
    assert!(!connection.is_open());
    assert!(
        !connection
            .call(read_of("1"), PATIENCE)
            .await
            .unwrap_err()
            .maybe_done()
    );
}
