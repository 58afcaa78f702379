//! How session reads find a replica, and what is said when none can answer.

use crate::fake::{Act, FakeNode};
use crate::{client, hurried, id, nobody, patient, preferring};
use katakv::client::{Client, ReadError};
use katakv::session::Session;
use katakv::wire::{ClientRequest, ClusterId};
use katakv_core::{AckLevel, Index, LostRange, NodeId, Partition, Reply};

fn k() -> Partition {
    Partition::of_key(b"k")
}

fn value(epoch: u64, index: u64) -> Reply {
    Reply::Value {
        value: Some("v".into()),
        version: Some(id(epoch, index)),
        at: id(epoch, index),
    }
}

fn behind() -> Reply {
    Reply::NotCaughtUp { applied: id(1, 3) }
}

fn session_at(epoch: u64, index: u64) -> Session {
    let mut session = Session::default();
    session.advance(k(), id(epoch, index));
    session
}

#[tokio::test]
async fn a_replica_that_is_behind_is_left_for_another_with_the_same_token() {
    let n0 = FakeNode::saying(0, value(2, 9)).await;
    let n1 = FakeNode::saying(1, behind()).await;
    let n2 = FakeNode::saying(2, behind()).await;
    let client = client([&n0, &n1, &n2], preferring(2));
    let mut session = session_at(1, 5);
    let got = client.get(&mut session, "k").await.unwrap();
    assert_eq!(
        (got.value, got.at, got.node),
        (Some("v".into()), id(2, 9), NodeId(0))
    );
    assert_eq!(
        (n2.seen(), n0.seen(), n1.seen().len()),
        (vec![id(1, 5)], vec![id(1, 5)], 0)
    );
    assert_eq!(session.seen(k()), id(2, 9));
}

#[tokio::test]
async fn a_dead_replica_is_left_for_another() {
    let n2 = FakeNode::saying(2, value(1, 5)).await;
    let client = Client::nodes([nobody(), nobody(), n2.address], patient());
    let got = client.get(&mut session_at(1, 5), "k").await.unwrap();
    assert_eq!(got.node, NodeId(2));
}

#[tokio::test]
async fn a_replica_that_hangs_is_left_for_another() {
    let n0 = FakeNode::start(0, |_, _| Act::Silence).await;
    let n1 = FakeNode::saying(1, value(1, 5)).await;
    let client = client([&n0, &n1, &n1], patient());
    let got = client.get(&mut session_at(1, 5), "k").await.unwrap();
    assert_eq!((got.node, n0.asked().len()), (NodeId(1), 1));
}

#[tokio::test]
async fn the_leader_is_asked_last() {
    let written = Reply::Written {
        at: id(1, 5),
        copies: 2,
    };
    let n0 = FakeNode::start(0, move |_, count| {
        Act::Reply(if count == 0 { written.clone() } else { value(1, 5) })
    })
    .await;
    let n1 = FakeNode::saying(1, behind()).await;
    let n2 = FakeNode::saying(2, behind()).await;
    let client = client([&n0, &n1, &n2], patient());
    let mut session = Session::default();
    client
        .put(&mut session, "k", "v", AckLevel::Leader)
        .await
        .unwrap();
    let got = client.get(&mut session, "k").await.unwrap();
    assert_eq!(got.node, NodeId(0));
    assert_eq!((n1.seen().len(), n2.seen().len(), n0.seen().len()), (1, 1, 1));
}

#[tokio::test]
async fn when_nobody_has_caught_up_the_error_names_everybody() {
    let n0 = FakeNode::saying(0, behind()).await;
    let n1 = FakeNode::saying(1, behind()).await;
    let client = Client::nodes([n0.address, n1.address, nobody()], hurried());
    let mut session = session_at(1, 5);
    let error = client.get(&mut session, "k").await.unwrap_err();
    let ReadError::Unavailable { tried } = error else {
        panic!("{error}");
    };
    for part in [
        "n0: not caught up, has applied e1:3",
        "n1: not caught up",
        "n2: cannot connect",
    ] {
        assert!(tried.contains(part), "{tried}");
    }
    // The token went with every single request.
    assert!(n0.seen().iter().chain(&n1.seen()).all(|seen| *seen == id(1, 5)));
    assert_eq!(session, session_at(1, 5));
}

#[tokio::test]
async fn lost_is_told_at_once_and_changes_nothing() {
    let range = LostRange {
        epoch: id(1, 4).epoch,
        first: Index(4),
        last: Index(5),
    };
    let n0 = FakeNode::start(0, move |_, count| {
        Act::Reply(if count < 2 {
            Reply::Lost(range)
        } else {
            value(2, 4)
        })
    })
    .await;
    let n1 = FakeNode::saying(1, value(2, 9)).await;
    let client = client([&n0, &n1, &n1], patient());
    let mut session = session_at(1, 5);
    for _ in 0..2 {
        let error = client.get(&mut session, "k").await.unwrap_err();
        assert_eq!(
            error,
            ReadError::Lost {
                partition: k(),
                range
            }
        );
        assert_eq!(session.seen(k()), id(1, 5));
    }
    assert!(n1.asked().is_empty());
    session.forget(k(), &range);
    client.get(&mut session, "k").await.unwrap();
    assert_eq!(n0.seen(), [id(1, 5), id(1, 5), id(1, 3)]);
}

#[tokio::test]
async fn a_state_from_before_the_session_is_never_passed_on() {
    for stale in [value(1, 4), value(2, 4), value(0, 9)] {
        let n0 = FakeNode::saying(0, stale).await;
        let n1 = FakeNode::saying(1, value(1, 5)).await;
        let client = client([&n0, &n1, &n1], patient());
        let got = client.get(&mut session_at(1, 5), "k").await.unwrap();
        assert_eq!(got.at, id(1, 5));
        assert_eq!(n0.asked().len(), 1);
    }
}

#[tokio::test]
async fn what_a_broken_node_sends_is_an_error_and_the_next_one_answers() {
    for noise in [
        &b"\xff\xff\xff\xff\x01"[..],
        b"\0\0\0\0",
        b"\x05\0\0\0\x02abcd",
        b"\x03\0\0\0\x01\xfe\xfe",
    ] {
        let n0 = FakeNode::start(0, move |_, _| Act::Raw(noise.to_vec())).await;
        let n1 = FakeNode::saying(1, value(1, 5)).await;
        let client = client([&n0, &n1, &n1], patient());
        assert_eq!(
            client.get(&mut session_at(1, 5), "k").await.unwrap().node,
            NodeId(1)
        );
    }
}

#[tokio::test]
async fn nodes_of_another_cluster_are_not_listened_to() {
    let n0 = FakeNode::saying(0, value(1, 5)).await;
    let stranger = FakeNode::of_cluster(ClusterId(7), 1, |_, _| Act::Reply(value(9, 9))).await;
    let client = client([&n0, &stranger, &n0], preferring(0));
    let mut session = Session::default();
    client.get(&mut session, "k").await.unwrap();
    let mut stranger_only = Session::default();
    stranger_only.join(ClusterId(7)).unwrap();
    let error = client.get(&mut stranger_only, "k").await.unwrap_err();
    assert!(matches!(error, ReadError::OtherCluster(_)), "{error}");
}

#[tokio::test]
async fn a_linearizable_read_follows_the_leader_after_a_session_read_of_what_was_seen() {
    let reads = |at_leader: Reply| {
        move |request: &ClientRequest, _: usize| match request {
            ClientRequest::LinearizableRead { .. } => Act::Reply(at_leader.clone()),
            _ => Act::Reply(value(1, 6)),
        }
    };
    let leader = Some(NodeId(2));
    let n0 = FakeNode::start(0, reads(Reply::NotLeader { leader })).await;
    let n1 = FakeNode::start(1, reads(Reply::NotServing)).await;
    let n2 = FakeNode::start(2, reads(value(2, 9))).await;
    let client = client([&n0, &n1, &n2], preferring(1));
    let mut session = session_at(1, 5);
    let got = client.get_linearizable(&mut session, "k").await.unwrap();
    assert_eq!((got.at, got.node), (id(2, 9), NodeId(2)));
    assert_eq!(
        (n1.seen(), n0.seen(), n2.seen()),
        (vec![id(1, 5)], vec![], vec![])
    );
    assert_eq!(session.seen(k()), id(2, 9));
    // Nothing was seen, and there is nothing to lose.
    let got = client
        .get_linearizable(&mut Session::default(), "k")
        .await
        .unwrap();
    assert_eq!((got.node, n1.seen().len()), (NodeId(2), 1));
}
