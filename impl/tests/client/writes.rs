//! How writes find their leader, and what is said when they do not.

use crate::fake::{Act, CLUSTER, FakeNode, NAME};
use crate::{client, hurried, id, nobody, patient};
use katakv::client::{Client, Cluster, Failure, TransactError, WriteError};
use katakv::session::Session;
use katakv::wire::{ClientRequest, ClusterId};
use katakv_core::{AckLevel::Quorum, NodeId, Op, Origin, Partition, Reply};

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

/// What can go wrong after a write was sent, so that nobody knows whether it is carried out.
const MISHAPS: [fn() -> Act; 8] = [
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

/// It is sent again, the same to the letter, to whoever leads then; and what that one says is the answer.
#[tokio::test]
async fn a_write_without_an_answer_is_sent_again_as_the_same() {
    for mishap in MISHAPS {
        let n0 = FakeNode::start(0, move |_, count| match count {
            0 => mishap(),
            _ => Act::Reply(not_leader(Some(1))),
        })
        .await;
        let n1 = FakeNode::saying(1, written(1, 9)).await;
        let client = client([&n0, &n1, &n0], patient());
        let mut session = Session::default();
        let done = client.put(&mut session, "k", "v", Quorum).await.unwrap();
        assert_eq!((done.at, done.node), (id(1, 9), NodeId(1)));
        assert_eq!(n0.asked()[0], n1.asked()[0]);
        let ClientRequest::Once { once, .. } = &n1.asked()[0] else {
            panic!("it is numbered");
        };
        let (client, seq, done) = (NAME, 1, 0);
        assert_eq!(once.origin, Origin { client, seq, done });
        assert_eq!(session.seen(k()), id(1, 9));
    }
}

/// If nobody answers until the deadline, the outcome is unknown.
#[tokio::test]
async fn a_write_that_is_never_answered_has_an_unknown_outcome() {
    for mishap in MISHAPS {
        let n0 = FakeNode::start(0, move |_, _| mishap()).await;
        let client = client([&n0, &n0, &n0], hurried());
        let mut session = Session::default();
        session.advance(k(), id(1, 4));
        let error = client.put(&mut session, "k", "v", Quorum).await.unwrap_err();
        assert!(matches!(error, WriteError::OutcomeUnknown { .. }), "{error}");
        assert!(error.to_string().contains("n0"), "{error}");
        assert_eq!(session.seen(k()), id(1, 4));
    }
}

/// A write that is not numbered is not sent again: a second copy could overwrite what was written in between.
#[tokio::test]
async fn a_write_without_a_number_is_never_sent_again() {
    for mishap in MISHAPS {
        let n0 = FakeNode::start(0, move |_, _| mishap()).await;
        let n1 = FakeNode::saying(1, written(2, 2)).await;
        let cluster = Cluster::new([n0.address, n1.address, n1.address], hurried());
        let (key, value) = ("k".into(), "v".into());
        let outcome = cluster.write(Op::Put { key, value }, Quorum).await;
        match outcome {
            Err(Failure::Unavailable { maybe_done, .. }) => assert!(maybe_done),
            Ok(answer) => assert!(matches!(answer.reply, Reply::Unknown { .. })),
            Err(error) => panic!("{error}"),
        }
        assert_eq!((n0.asked().len(), n1.asked().len()), (1, 0));
    }
}

/// The client is forgotten, and no attempt was carried out: it takes another name. If one may have been, nobody can say.
#[tokio::test]
async fn a_client_that_is_forgotten_registers_anew_or_says_that_it_does_not_know() {
    let n0 = FakeNode::start(0, |_, count| match count {
        0 => Act::Reply(Reply::ClientExpired),
        _ => Act::Reply(written(1, 9)),
    })
    .await;
    let forgotten = client([&n0, &n0, &n0], patient());
    let mut session = Session::default();
    forgotten.put(&mut session, "k", "v", Quorum).await.unwrap();

    let n0 = FakeNode::start(0, |_, count| match count {
        0 => Act::Close,
        _ => Act::Reply(Reply::ClientExpired),
    })
    .await;
    let unsure = client([&n0, &n0, &n0], patient());
    let error = unsure.put(&mut session, "k", "v", Quorum).await.unwrap_err();
    assert!(matches!(error, WriteError::OutcomeUnknown { .. }), "{error}");
}

#[tokio::test]
async fn a_conflict_is_told_with_the_version_and_advances_the_session() {
    let conflict = Reply::Conflict {
        at: id(1, 9),
        condition: 0,
        version: Some(id(1, 5)),
    };
    let n0 = FakeNode::saying(0, conflict).await;
    let client = client([&n0, &n0, &n0], patient());
    let mut session = Session::default();
    let error = client
        .compare_and_set(&mut session, "k", None, "v", Quorum)
        .await
        .unwrap_err();
    assert_eq!(
        error,
        TransactError::Conflict {
            at: id(1, 9),
            condition: 0,
            version: Some(id(1, 5)),
        }
    );
    assert_eq!(session.seen(k()), id(1, 9));
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
