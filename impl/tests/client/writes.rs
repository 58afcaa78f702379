//! How writes find their leader, and what is said when they do not.

use crate::fake::{Act, CLUSTER, FakeNode};
use crate::{client, hurried, id, nobody, patient};
use katakv::client::{Client, WriteError};
use katakv::session::Session;
use katakv::wire::ClusterId;
use katakv_core::{AckLevel::Quorum, NodeId, Partition, Reply};

fn written(epoch: u64, index: u64) -> Reply {
    Reply::Written {
        at: id(epoch, index),
        copies: 2,
    }
}

fn not_leader(leader: Option<u8>) -> Reply {
    Reply::NotLeader {
        leader: leader.map(NodeId),
    }
}

fn k() -> Partition {
    Partition::of_key(b"k")
}

#[tokio::test]
async fn a_redirect_is_followed_and_remembered() {
    let n0 = FakeNode::saying(0, not_leader(Some(2))).await;
    let n1 = FakeNode::saying(1, not_leader(Some(2))).await;
    let n2 = FakeNode::start(2, |_, count| Act::Reply(written(1, 2 + count as u64))).await;
    let client = client([&n0, &n1, &n2], patient());
    let mut session = Session::default();
    let first = client.put(&mut session, "k", "v", Quorum).await.unwrap();
    assert_eq!((first.at, first.node), (id(1, 2), NodeId(2)));
    client.delete(&mut session, "k", Quorum).await.unwrap();
    assert_eq!((n0.asked().len(), n1.asked().len(), n2.asked().len()), (1, 0, 2));
    assert_eq!(session.seen(k()), id(1, 3));
    assert_eq!(session.cluster(), Some(CLUSTER));
}

#[tokio::test]
async fn a_dead_leader_is_left_for_the_new_one() {
    let n1 = FakeNode::start(1, |_, count| {
        // It learns of the election while the client looks for somebody.
        Act::Reply(not_leader(Some(if count < 2 { 0 } else { 2 })))
    })
    .await;
    let n2 = FakeNode::start(2, |_, count| {
        Act::Reply(match count {
            0 => not_leader(None),
            1 => Reply::NotServing,
            2 => Reply::Busy,
            _ => written(2, 7),
        })
    })
    .await;
    let client = Client::nodes([nobody(), n1.address, n2.address], patient());
    let mut session = Session::default();
    assert_eq!(
        client.put(&mut session, "k", "v", Quorum).await.unwrap().at,
        id(2, 7)
    );
}

/// A node that has too many clients says so whether it leads or not.
#[tokio::test]
async fn a_busy_node_that_does_not_lead_keeps_nobody_from_the_leader() {
    let n0 = FakeNode::saying(0, Reply::Busy).await;
    let n1 = FakeNode::saying(1, written(2, 7)).await;
    let client = Client::nodes([n0.address, n1.address, nobody()], patient());
    let mut session = Session::default();
    assert_eq!(
        client.put(&mut session, "k", "v", Quorum).await.unwrap().at,
        id(2, 7)
    );
}

#[tokio::test]
async fn a_write_that_nobody_accepted_was_surely_not_carried_out() {
    let n1 = FakeNode::saying(1, not_leader(Some(0))).await;
    let n2 = FakeNode::saying(2, Reply::NotServing).await;
    let client = Client::nodes([nobody(), n1.address, n2.address], hurried());
    let mut session = Session::default();
    let error = client.put(&mut session, "k", "v", Quorum).await.unwrap_err();
    let WriteError::Unavailable { tried } = error else {
        panic!("{error}");
    };
    for part in [
        "n0: cannot connect",
        "n1: not the leader, n0 is",
        "n2: leads, but does not serve yet",
    ] {
        assert!(tried.contains(part), "{tried}");
    }
    assert_eq!(session, Session::default());
}

/// After a write was sent, whatever goes wrong leaves its outcome unknown, and it is not sent again.
#[tokio::test]
async fn a_write_without_an_answer_is_never_sent_again() {
    type Script = fn() -> Act;
    let scripts: [Script; 8] = [
        || Act::Close,
        || Act::Silence,
        // Bytes of another protocol, which claim a frame of 1.2 GB.
        || Act::Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        // An empty frame, an unknown version, a value that does not decode.
        || Act::Raw(vec![0, 0, 0, 0]),
        || Act::Raw(vec![2, 0, 0, 0, 99, 0]),
        || Act::Raw(vec![3, 0, 0, 0, 1, 0xff, 0xff]),
        // An answer, but not to a write.
        || Act::Reply(Reply::NotCaughtUp { applied: id(1, 1) }),
        || Act::Reply(Reply::Unknown { at: id(1, 9) }),
    ];
    for script in scripts {
        let n0 = FakeNode::start(0, move |_, _| script()).await;
        let n1 = FakeNode::saying(1, written(2, 2)).await;
        let n2 = FakeNode::saying(2, written(2, 2)).await;
        let client = client([&n0, &n1, &n2], hurried());
        let mut session = Session::default();
        session.advance(k(), id(1, 4));
        let error = client.put(&mut session, "k", "v", Quorum).await.unwrap_err();
        assert!(matches!(error, WriteError::OutcomeUnknown { .. }), "{error}");
        assert!(error.to_string().contains("n0"), "{error}");
        assert_eq!(
            (n0.asked().len(), n1.asked().len(), n2.asked().len()),
            (1, 0, 0),
            "{error}"
        );
        assert_eq!(session.seen(k()), id(1, 4));
    }
}

#[tokio::test]
async fn a_connection_that_is_known_to_be_dead_is_replaced() {
    let n0 = FakeNode::start(0, |_, count| match count {
        0 => Act::Close,
        _ => Act::Reply(written(1, 2)),
    })
    .await;
    let client = client([&n0, &n0, &n0], patient());
    let mut session = Session::default();
    client.put(&mut session, "k", "v", Quorum).await.unwrap_err();
    client.put(&mut session, "k", "v", Quorum).await.unwrap();
}

#[tokio::test]
async fn what_is_too_large_is_not_sent() {
    let n0 = FakeNode::saying(0, written(1, 2)).await;
    let client = client([&n0, &n0, &n0], patient());
    let mut session = Session::default();
    let error = client
        .put(&mut session, "k", vec![0; 16 << 20], Quorum)
        .await
        .unwrap_err();
    assert!(matches!(error, WriteError::Invalid(_)), "{error}");
    let error = client
        .put(&mut session, vec![0; 1 << 20], "v", Quorum)
        .await
        .unwrap_err();
    assert!(matches!(error, WriteError::Invalid(_)), "{error}");
    assert!(n0.asked().is_empty());
}

#[tokio::test]
async fn a_session_of_another_cluster_writes_nothing() {
    let n0 = FakeNode::saying(0, written(1, 2)).await;
    let client = client([&n0, &n0, &n0], patient());
    let mut session = Session::default();
    session.join(ClusterId(7)).unwrap();
    let error = client.put(&mut session, "k", "v", Quorum).await.unwrap_err();
    assert!(matches!(error, WriteError::OtherCluster(_)), "{error}");
    assert!(n0.asked().is_empty());
}

#[tokio::test]
async fn a_write_across_epochs_is_settled_by_the_next_read() {
    let value = |epoch, index| Reply::Value {
        value: None,
        version: None,
        at: id(epoch, index),
    };
    let n0 = FakeNode::start(0, move |_, count| {
        Act::Reply(match count {
            0 => written(1, 5),
            1 => written(2, 7),
            _ => value(2, 7),
        })
    })
    .await;
    let client = client([&n0, &n0, &n0], patient());
    let mut session = Session::default();
    client.put(&mut session, "k", "1", Quorum).await.unwrap();
    client.put(&mut session, "k", "2", Quorum).await.unwrap();
    assert_eq!(
        (session.seen(k()), session.in_doubt(k())),
        (id(2, 7), Some(id(1, 5)))
    );
    client.get(&mut session, "k").await.unwrap();
    assert_eq!(n0.seen(), [id(1, 5), id(2, 7)]);
    assert_eq!((session.seen(k()), session.in_doubt(k())), (id(2, 7), None));
}

#[tokio::test]
async fn a_loss_before_a_write_across_epochs_is_told_and_stops_the_next_write() {
    let range = katakv_core::LostRange {
        epoch: id(1, 5).epoch,
        first: id(1, 4).index,
        last: id(1, 5).index,
    };
    let n0 = FakeNode::start(0, move |_, count| {
        Act::Reply(match count {
            0 => written(1, 5),
            1 => written(2, 7),
            2 | 3 => Reply::Lost(range),
            _ => written(2, 8),
        })
    })
    .await;
    let client = client([&n0, &n0, &n0], patient());
    let mut session = Session::default();
    client.put(&mut session, "k", "1", Quorum).await.unwrap();
    client.put(&mut session, "k", "2", Quorum).await.unwrap();
    client.get(&mut session, "k").await.unwrap_err();
    let error = client.put(&mut session, "k", "3", Quorum).await.unwrap_err();
    assert_eq!(
        error,
        WriteError::Lost {
            partition: k(),
            range
        }
    );
    session.forget(k(), &range);
    client.put(&mut session, "k", "3", Quorum).await.unwrap();
    assert_eq!((session.seen(k()), session.in_doubt(k())), (id(2, 8), None));
}
