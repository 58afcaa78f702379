//! Keys that live for a while, at real nodes: they go everywhere, whoever leads, and nothing else does. How long that takes is nobody's
//! concern here: what is waited for is that it happens.

use crate::cli::{expect_code, katakv_at, stdout};
use crate::nodes::Nodes;
use crate::{patient, preferring};
use katakv::client::Client;
use katakv::session::Session;
use katakv_core::{AckLevel, Bytes, EntryId, NodeId};
use std::time::Duration;

/// Shorter than anything that happens between writing and looking.
const MOMENT: Duration = Duration::from_millis(1);
/// Some keys are still there when the leader of their partition is killed.
const WHILE: Duration = Duration::from_millis(700);
/// Longer than any test.
const AGES: Duration = Duration::from_secs(24 * 60 * 60);

const KEYS: usize = 24;

async fn put_for(client: &Client, session: &mut Session, key: &str, ttl: Duration) {
    let written = client.put_for(session, key, key, ttl, AckLevel::Quorum).await;
    written.unwrap();
}

/// `kept0`, `kept1`, ...
fn of(what: &str) -> impl Iterator<Item = String> + '_ {
    (0..KEYS).map(move |number| format!("{what}{number}"))
}

/// Waits until a key is gone for a session, and for all that follows what it has seen.
async fn is_gone(client: &Client, session: &mut Session, key: &str) {
    loop {
        match client.get(session, key).await {
            Ok(got) if got.value.is_none() => return,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Keys, values and versions, as `client` finds them in a state that includes what the session has seen.
async fn all(client: &Client, session: &mut Session) -> Vec<(Bytes, Bytes, EntryId)> {
    let (mut cursor, mut found) = (None, Vec::new());
    loop {
        let Ok(page) = client.scan(session, "", cursor.as_ref(), 100).await else {
            continue;
        };
        let items = page.items.into_iter();
        found.extend(items.map(|(key, found)| (key, found.value, found.version)));
        cursor = page.next;
        if cursor.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn keys_go_at_every_replica_alike_whoever_leads_and_after_a_restart() {
    let mut nodes = Nodes::start();
    let client = nodes.client(patient());
    let session = &mut Session::default();
    for key in of("moment") {
        put_for(&client, session, &key, MOMENT).await;
    }
    for key in of("while") {
        put_for(&client, session, &key, WHILE).await;
    }
    // What is written anew has the life that it was given last.
    for key in of("kept") {
        put_for(&client, session, &key, AGES).await;
    }
    for key in of("renewed") {
        put_for(&client, session, &key, WHILE).await;
        client
            .put(session, key.as_str(), "anew", AckLevel::Quorum)
            .await
            .unwrap();
    }

    nodes.kill(NodeId(0));
    for key in of("moment").chain(of("while")) {
        is_gone(&client, session, &key).await;
    }
    nodes.restart(NodeId(0));
    for node in (0..3).map(NodeId) {
        nodes.kill(node);
    }
    for node in (0..3).map(NodeId) {
        nodes.restart(node);
    }

    // The session has seen that they are gone: so no replica may have them.
    let mut found = Vec::new();
    for node in 0..3 {
        let near = nodes.client(preferring(node));
        found.push(all(&near, session).await);
    }
    assert_eq!(found[0], found[1], "replicas hold the same, in the same versions");
    assert_eq!(found[0], found[2], "replicas hold the same, in the same versions");
    let mut keys: Vec<String> = found[0].iter().map(|(key, ..)| key.to_string()).collect();
    keys.sort();
    let mut expected: Vec<String> = of("kept").chain(of("renewed")).collect();
    expected.sort();
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn a_key_is_written_for_a_while_from_the_command_line() {
    let nodes = Nodes::start();
    let put = ["put", "greeting", "hello", "--ttl", "24h"];
    expect_code(&katakv_at(nodes.addresses, &put).await, 0);
    let got = katakv_at(nodes.addresses, &["get", "greeting", "--linearizable"]).await;
    expect_code(&got, 0);
    assert_eq!(stdout(&got).trim_end(), "hello");

    // A condition and a time to live go together.
    let version = katakv_at(nodes.addresses, &["get", "greeting", "--json"]).await;
    let version: serde_json::Value = serde_json::from_str(stdout(&version)).unwrap();
    let version = version["version"].as_str().unwrap();
    let swap = ["cas", "greeting", "bye", "--expect", version, "--ttl", "1ms"];
    expect_code(&katakv_at(nodes.addresses, &swap).await, 0);
    loop {
        let got = katakv_at(nodes.addresses, &["get", "greeting", "--linearizable"]).await;
        if got.status.code() == Some(3) {
            break;
        }
        expect_code(&got, 0);
    }

    for wrong in ["0s", "1y", "4000d"] {
        let put = ["put", "greeting", "hello", "--ttl", wrong];
        expect_code(&katakv_at(nodes.addresses, &put).await, 2);
    }
}
