//! A leader that nobody follows, and that is let lead on: what it acknowledges, and how much of that.

use super::{CLUSTER, Cluster, guarded};
use crate::client::{self, Options};
use crate::server::ServerConfig;
use crate::session::Session;
use crate::wire::{ClientFrame, ClientReply, ClientRequest, ServerFrame};
use katakv_core::{AckLevel, NodeId, Op, Partition, Reply};
use std::time::Duration;

const P: Partition = Partition(3);

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3600);

/// How many entries it may acknowledge alone, and how many may wait with them.
const ALONE_MAX: u32 = 3;
const WAITING_MAX: u32 = 5;

fn adapt(config: &mut ServerConfig) {
    config.limits.quorum_heartbeats = 0;
    config.limits.leader_acks_max = ALONE_MAX;
    config.limits.uncommitted_max = WAITING_MAX;
}

/// Who is started so does not campaign: whoever has led leads on.
fn adapt_followers(config: &mut ServerConfig) {
    adapt(config);
    config.timing.election_min = NEVER;
    config.timing.election_max = 2 * NEVER;
}

/// A key of [`P`].
fn key() -> String {
    let mut keys = (0..).map(|number| format!("key-{number}"));
    keys.find(|key| Partition::of_key(key.as_bytes()) == P).unwrap()
}

/// A cluster whose leader of [`P`] is alone; its place.
async fn alone() -> (Cluster, usize) {
    let mut cluster = Cluster::start_with(adapt).await;
    let leader = cluster.leader(P).await;
    for other in (0..3).filter(|place| *place != leader) {
        cluster.stop(other).await;
    }
    cluster.adapt = adapt_followers;
    (cluster, leader)
}

/// How many entries of [`P`] the node at `place` has acknowledged alone, if it leads it.
async fn on_leader_alone(cluster: &Cluster, place: usize) -> Option<u64> {
    let node = NodeId(place as u8);
    match cluster
        .client(place)
        .await
        .ask(ClientRequest::Usage { node })
        .await
    {
        ClientReply::Usage(usage) => {
            let led = usage.leads.into_iter().find(|led| led.partition == P);
            led.map(|led| led.unreplicated)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_client_writes_to_it_and_is_numbered_once_it_is_followed_again() {
    let (mut cluster, leader) = alone().await;
    let key = key();
    assert_eq!(on_leader_alone(&cluster, leader).await, Some(0));
    let options = Options {
        deadline: Duration::from_secs(50),
        ..Options::default()
    };
    let client = client::Client::nodes(cluster.addrs, options);
    let mut session = Session::default();
    let put = client.put(&mut session, key.as_str(), "alone", AckLevel::Leader);
    let written = guarded(put).await.unwrap();
    assert_eq!((written.copies, written.node), (1, NodeId(leader as u8)));
    assert!(on_leader_alone(&cluster, leader).await > Some(0));

    for other in (0..3).filter(|place| *place != leader) {
        cluster.restart(other).await;
    }
    let put = client.put(&mut session, key.as_str(), "followed", AckLevel::Quorum);
    assert!(guarded(put).await.unwrap().copies >= 2);
    let got = guarded(client.get(&mut session, key.as_str())).await.unwrap();
    assert_eq!(got.value, Some("followed".into()));
    let leader = cluster.leader(P).await;
    assert_eq!(on_leader_alone(&cluster, leader).await, Some(0));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_acknowledges_so_many_makes_so_many_wait_and_refuses_the_rest() {
    let (mut cluster, leader) = alone().await;
    let mut client = cluster.client(leader).await;
    let all = u64::from(WAITING_MAX) + 1;
    for id in 1..=all {
        let (key, value) = (key().as_str().into(), "v".into());
        let (op, level) = (Op::Put { key, value }, AckLevel::Leader);
        let request = ClientRequest::Write { op, level };
        client.send(&ClientFrame { id, request }).await;
    }
    let mut answers = Vec::new();
    for _ in 0..=ALONE_MAX {
        answers.push(protocol(client.receive().await));
    }
    answers.sort_by_key(|(id, _)| *id);
    for (place, (id, reply)) in answers.iter().enumerate().take(ALONE_MAX as usize) {
        assert_eq!(*id, place as u64 + 1);
        assert!(matches!(reply, Reply::Written { copies: 1, .. }), "{reply:?}");
    }
    assert_eq!(answers.last(), Some(&(all, Reply::Busy)));
    assert_eq!(on_leader_alone(&cluster, leader).await, Some(ALONE_MAX.into()));

    // Those that wait are acknowledged once somebody follows.
    for other in (0..3).filter(|place| *place != leader) {
        cluster.restart(other).await;
    }
    for id in u64::from(ALONE_MAX) + 1..all {
        let (answered, reply) = protocol(client.receive().await);
        assert_eq!(answered, id);
        assert!(matches!(reply, Reply::Written { copies: 2.., .. }), "{reply:?}");
    }
    cluster.stop_all().await;
}

fn protocol(frame: ServerFrame) -> (u64, Reply) {
    match frame.reply {
        ClientReply::Protocol {
            cluster: CLUSTER,
            reply,
            ..
        } => (frame.id, reply),
        other => panic!("{other:?}"),
    }
}
