//! Scans: partition by partition, page by page, and nothing that a session has seen is left out.

use crate::cli::{expect_code, katakv, katakv_at, stderr, stdout};
use crate::end_to_end::{Dev, write};
use crate::fake::{Act, FakeNode};
use crate::{client, hurried, id, patient};
use katakv::client::{Cursor, ReadError};
use katakv::session::Session;
use katakv::wire::{ClientRequest, ClusterId};
use katakv_core::{EntryId, Index, LostRange, NodeId, Partition, Reply, ScanPage, Versioned};
use std::collections::BTreeMap;

fn page(keys: &[&str], more: bool, at: EntryId) -> Reply {
    let items = keys.iter().map(|key| {
        let (value, version) = ("v".into(), at);
        ((*key).into(), Versioned { value, version })
    });
    let items = items.collect();
    let page = ScanPage { items, more };
    Reply::Page { page, at }
}

fn cursor(partition: u8, after: &str, at: EntryId) -> Cursor {
    Cursor {
        cluster: crate::fake::CLUSTER,
        partition: Partition(partition),
        after: Some(after.into()),
        at,
    }
}

/// What was asked for in scans: what the session had seen.
fn seen(node: &FakeNode) -> Vec<EntryId> {
    let asked = node.asked().into_iter();
    asked
        .filter_map(|request| match request {
            ClientRequest::Scan { seen, .. } => Some(seen),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_page_says_where_the_next_one_begins() {
    let node = FakeNode::start(0, |_, before| {
        Act::Reply(match before {
            0 => page(&["k1", "k2"], true, id(1, 5)),
            _ => page(&["k3"], false, id(1, 6)),
        })
    })
    .await;
    let (client, mut session) = (client([&node, &node, &node], patient()), Session::default());
    let first = client.scan(&mut session, "k", None, 2).await.unwrap();
    assert_eq!(first.next, Some(cursor(0, "k2", id(1, 5))));
    let second = client
        .scan(&mut session, "k", first.next.as_ref(), 2)
        .await
        .unwrap();
    // Of the next partition, from its beginning.
    let next = second.next.unwrap();
    assert_eq!(
        (next.partition, next.after, next.at),
        (Partition(1), None, EntryId::ZERO)
    );
    assert_eq!(session.seen(Partition(0)), id(1, 6));
    assert_eq!(seen(&node), [EntryId::ZERO, id(1, 5)]);
}

#[tokio::test]
async fn a_page_is_no_older_than_its_cursor_nor_than_what_the_session_has_seen() {
    let node = FakeNode::saying(0, page(&["k3"], false, id(2, 9))).await;
    let client = client([&node, &node, &node], patient());
    let mut fresh = Session::default();
    client
        .scan(&mut fresh, "k", Some(&cursor(3, "k2", id(2, 7))), 2)
        .await
        .unwrap();
    assert_eq!(seen(&node), [id(2, 7)]);
    // Of a lower epoch, the session's position may be lost though the cursor's is committed.
    let mut earlier = Session::default();
    earlier.advance(Partition(3), id(1, 8));
    client
        .scan(&mut earlier, "k", Some(&cursor(3, "k2", id(2, 7))), 2)
        .await
        .unwrap();
    assert_eq!(seen(&node)[1..], [id(1, 8), id(2, 7)]);
    assert_eq!(
        (earlier.seen(Partition(3)), earlier.in_doubt(Partition(3))),
        (id(2, 9), None)
    );
}

#[tokio::test]
async fn what_is_lost_is_told_and_the_session_stands_where_it_stood() {
    let range = LostRange {
        epoch: id(1, 8).epoch,
        first: Index(7),
        last: Index(8),
    };
    let node = FakeNode::saying(0, Reply::Lost(range)).await;
    let mut session = Session::default();
    session.advance(Partition(0), id(1, 8));
    let before = session.clone();
    let lost = client([&node, &node, &node], patient())
        .scan(&mut session, "k", None, 2)
        .await;
    let partition = Partition(0);
    assert_eq!(lost, Err(ReadError::Lost { partition, range }));
    assert_eq!(session, before);
}

#[tokio::test]
async fn an_older_page_a_foreign_cursor_and_a_page_without_keys_are_refused() {
    let node = FakeNode::saying(0, page(&["k"], false, id(1, 4))).await;
    let client = client([&node, &node, &node], hurried());
    let mut session = Session::default();
    session.advance(Partition(0), id(1, 5));
    let stale = client.scan(&mut session, "k", None, 2).await;
    assert!(matches!(stale, Err(ReadError::Unavailable { .. })), "{stale:?}");
    let mut of_another = cursor(0, "k", id(1, 1));
    of_another.cluster = ClusterId(1);
    let foreign = client
        .scan(&mut Session::default(), "k", Some(&of_another), 2)
        .await;
    assert!(matches!(foreign, Err(ReadError::OtherCluster(_))), "{foreign:?}");
    for (prefix, after, keys_max) in [("k", "k1", 0), ("k", "k1", 1025), ("k", "j", 2)] {
        let refused = client
            .scan(
                &mut Session::default(),
                prefix,
                Some(&cursor(0, after, id(1, 1))),
                keys_max,
            )
            .await;
        assert!(matches!(refused, Err(ReadError::Invalid(_))), "{refused:?}");
    }
}

fn of_json(output: &str) -> (BTreeMap<String, String>, Option<String>) {
    let (mut keys, mut cursor) = (BTreeMap::new(), None);
    for line in output.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        match text("key") {
            Some(key) => assert_eq!(keys.insert(key, text("value").unwrap()), None, "each key once"),
            None => cursor = text("cursor"),
        }
    }
    (keys, cursor)
}

#[tokio::test]
async fn real_nodes_give_all_keys_that_begin_alike_in_pages_that_include_the_sessions_writes() {
    let dev = Dev::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let (router, patience) = (["--router", &dev.router()], ["--deadline-ms", "60000"]);
    let session = ["--session", file.to_str().unwrap()];
    let mut written = BTreeMap::new();
    for number in 0..25 {
        let (key, value) = (format!("user.{number}"), format!("value {number}"));
        write(&[&["put", &key, &value], &session[..], &router[..], &patience[..]].concat()).await;
        written.insert(key, value);
    }
    write(
        &[
            &["put", "other", "value"],
            &session[..],
            &router[..],
            &patience[..],
        ]
        .concat(),
    )
    .await;
    write(&[&["delete", "user.7"], &session[..], &router[..], &patience[..]].concat()).await;
    written.remove("user.7");

    // At once, from a follower if there is one that is asked first.
    for replica in 0..3 {
        let prefer = katakv::client::Prefer::Node(NodeId(replica));
        let nodes =
            katakv::client::Client::nodes(dev.nodes(), katakv::client::Options { prefer, ..patient() });
        let mut session = katakv::session::load(&file).unwrap();
        let (mut found, mut next) = (BTreeMap::new(), None);
        loop {
            let page = nodes.scan(&mut session, "user.", next.as_ref(), 4).await.unwrap();
            assert!(page.items.len() <= 4 && page.items.is_sorted_by_key(|(key, _)| key.clone()));
            found.extend(
                page.items
                    .into_iter()
                    .map(|(key, found)| (key.to_string(), found.value.to_string())),
            );
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(found, written, "n{replica} first");
    }

    // In parts, which meet.
    let mut found = BTreeMap::new();
    let mut place = Vec::new();
    loop {
        let scan = ["scan", "user.", "--json", "--limit", "10"];
        let goes_on: Vec<&str> = place.iter().map(String::as_str).collect();
        let output =
            katakv(&[&scan[..], &goes_on[..], &session[..], &router[..], &patience[..]].concat()).await;
        expect_code(&output, 0);
        let (keys, cursor) = of_json(stdout(&output));
        assert!(keys.len() <= 10);
        found.extend(keys);
        let Some(cursor) = cursor else { break };
        place = vec!["--cursor".to_owned(), cursor];
    }
    assert_eq!(found, written);

    let output = katakv_at(
        dev.nodes(),
        &[&["scan", "user.2"], &session[..], &patience[..]].concat(),
    )
    .await;
    expect_code(&output, 0);
    assert_eq!(stdout(&output).lines().count(), 6, "{}", stdout(&output));
    assert!(stdout(&output).lines().any(|line| line == "user.24\tvalue 24"));
    assert!(stderr(&output).contains("token kv1:"), "{}", stderr(&output));
    let wrong = katakv_at(dev.nodes(), &["scan", "user.", "--cursor", "kv1:-:"]).await;
    expect_code(&wrong, 2);
}
