//! Reads of any age: whoever answers first is right, and says how old the answer is.

use crate::cli::{expect_code, katakv, katakv_at, stderr, stdout};
use crate::end_to_end::{Dev, HUNG, Stopped, write};
use crate::fake::FakeNode;
use crate::{client, hurried, id, nobody, patient, preferring};
use katakv::client::{Client, ReadError};
use katakv_core::{NodeId, Reply};
use std::time::Instant;

fn any_value(lag: u64, leader: Option<NodeId>) -> Reply {
    Reply::AnyValue {
        value: Some("v".into()),
        version: Some(id(1, 2)),
        at: id(1, 5),
        lag,
        leader,
    }
}

#[tokio::test]
async fn the_first_replica_that_answers_is_believed_however_old_it_is() {
    let n0 = FakeNode::saying(0, any_value(0, Some(NodeId(0)))).await;
    let n1 = FakeNode::saying(1, any_value(7, None)).await;
    let client = client([&n0, &n1, &n0], preferring(1));
    let got = client.get_any("k").await.unwrap();
    assert_eq!((got.at, got.lag, got.leader), (id(1, 5), 7, None));
    assert_eq!((got.value, got.node), (Some("v".into()), NodeId(1)));
    assert!(n0.asked().is_empty());
}

#[tokio::test]
async fn a_replica_that_is_refilled_is_left_for_another() {
    let n0 = FakeNode::saying(0, Reply::NotCaughtUp { applied: id(0, 0) }).await;
    let n2 = FakeNode::saying(2, any_value(1, Some(NodeId(0)))).await;
    let client = Client::nodes([n0.address, nobody(), n2.address], patient());
    let got = client.get_any("k").await.unwrap();
    assert_eq!((got.node, n0.asked().len()), (NodeId(2), 1));
}

#[tokio::test]
async fn what_is_no_answer_to_such_a_read_is_an_error() {
    let value = Reply::Value {
        value: None,
        version: None,
        at: id(1, 5),
    };
    let n0 = FakeNode::saying(0, value).await;
    let client = Client::nodes([n0.address, nobody(), nobody()], hurried());
    let error = client.get_any("k").await.unwrap_err();
    assert!(matches!(error, ReadError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn one_replica_of_three_answers_and_says_that_it_hears_no_leader() {
    let dev = Dev::start().await;
    let router = ["--router", &dev.router()];
    let patience = ["--deadline-ms", "60000"];
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let session = ["--session", file.to_str().unwrap()];
    write(&[&["put", "k", "one"], &session[..], &router[..], &patience[..]].concat()).await;
    let got = katakv(&[&["get", "k", "--any"], &router[..], &patience[..]].concat()).await;
    expect_code(&got, 0);
    assert!(stderr(&got).contains("behind its log"), "{}", stderr(&got));

    // n2 has applied the write, and is left alone with it.
    let at_n2 = [&["get", "k", "--prefer", "2"], &session[..], &patience[..]].concat();
    let only = [nobody(), nobody(), dev.nodes()[2]];
    expect_code(&katakv_at(only, &at_n2).await, 0);
    let _others = [Stopped::new(&dev.pids[0]), Stopped::new(&dev.pids[1])];
    let since = Instant::now();
    loop {
        let got = katakv_at(dev.nodes(), &["get", "k", "--any", "--prefer", "2"]).await;
        expect_code(&got, 0);
        assert_eq!(stdout(&got), "one\n");
        if stderr(&got).contains("it hears no leader") {
            break;
        }
        assert!(since.elapsed() < HUNG, "{}", stderr(&got));
    }
}
