use super::{Cluster, guarded, value, written};
use crate::driver::limits;
use crate::server::bounds;
use crate::wire::{ClientFrame, ClientReply, ClientRequest};
use katakv_core::{AckLevel, EntryId, Epoch, Index, Op, Partition, Reply};
use std::collections::BTreeSet;

const KEY: &str = "colour";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_of_each_level_is_read_by_its_session_on_each_replica() {
    let cluster = Cluster::start().await;
    let leader = cluster.leader(Partition::of_key(KEY.as_bytes())).await;
    let mut client = cluster.client(leader).await;
    for (level, copies_min) in [(AckLevel::Leader, 1), (AckLevel::Quorum, 2), (AckLevel::All, 3)] {
        let text = level.to_string();
        let (at, copies) = written(client.put(KEY, &text, level).await);
        assert!(copies >= copies_min, "{level}: {copies}");
        for place in 0..3 {
            let mut reader = cluster.client(place).await;
            let read = reader.get(KEY, at, 10_000).await;
            assert_eq!(value(read), Some(text.clone()), "{level} at {place}");
        }
    }
    let mut follower = cluster.client((leader + 1) % 3).await;
    let refused = follower.put(KEY, "x", AckLevel::Quorum).await;
    assert!(matches!(refused, Reply::NotLeader { leader: Some(node) } if usize::from(node.0) == leader));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_ahead_of_everybody_is_told_so_after_its_wait() {
    let cluster = Cluster::start().await;
    let leader = cluster.leader(Partition::of_key(KEY.as_bytes())).await;
    let mut client = cluster.client(leader).await;
    let (at, _) = written(client.put(KEY, "blue", AckLevel::All).await);
    let ahead = EntryId::new(at.epoch, Index(at.index.0 + 1000));
    for wait_ms in [0, 50] {
        let read = client.get(KEY, ahead, wait_ms).await;
        assert!(
            matches!(read, Reply::NotCaughtUp { applied } if applied >= at),
            "{read:?}"
        );
    }
    // Of an epoch that nobody else has seen there.
    let lost = client.get(KEY, EntryId::new(Epoch(0), at.index), 10_000).await;
    assert!(matches!(lost, Reply::Lost(_)), "{lost:?}");
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_waits_is_answered_when_the_write_arrives() {
    let cluster = Cluster::start().await;
    let leader = cluster.leader(Partition::of_key(KEY.as_bytes())).await;
    let mut writer = cluster.client(leader).await;
    let (at, _) = written(writer.put(KEY, "old", AckLevel::All).await);
    let next = EntryId::new(at.epoch, at.index.next());
    let mut reader = cluster.client((leader + 1) % 3).await;
    let wait_ms = 10_000;
    let request = ClientRequest::Read {
        key: KEY.into(),
        seen: next,
        wait_ms,
    };
    reader.send(&ClientFrame { id: 7, request }).await;
    // Requests of one connection are taken in order: once the status is here, the read is parked.
    reader
        .send(&ClientFrame {
            id: 8,
            request: ClientRequest::Status,
        })
        .await;
    assert_eq!(reader.receive().await.id, 8);
    let (written_at, _) = written(writer.put(KEY, "new", AckLevel::Leader).await);
    assert_eq!(written_at, next);
    let answer = reader.receive().await;
    match answer.reply {
        ClientReply::Protocol { reply, .. } => assert_eq!(value(reply).as_deref(), Some("new")),
        other => panic!("{other:?}"),
    }
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_beyond_the_limits_is_answered_and_the_connection_goes_on() {
    let cluster = Cluster::start().await;
    let leader = cluster.leader(Partition::of_key(KEY.as_bytes())).await;
    let mut client = cluster.client(leader).await;
    let put = |key: Vec<u8>, value: Vec<u8>| ClientRequest::Write {
        op: Op::Put {
            key: key.into(),
            value: value.into(),
        },
        level: AckLevel::Leader,
    };
    let (key, value) = (
        vec![b'k'; limits::KEY_BYTES_MAX + 1],
        vec![b'v'; limits::VALUE_BYTES_MAX + 1],
    );
    for request in [
        put(key.clone(), vec![]),
        put(vec![], value),
        ClientRequest::Read {
            key: key.into(),
            seen: EntryId::ZERO,
            wait_ms: 0,
        },
    ] {
        assert!(matches!(client.ask(request).await, ClientReply::Invalid(_)));
    }
    let largest = "v".repeat(limits::VALUE_BYTES_MAX);
    written(client.put(KEY, &largest, AckLevel::All).await);
    let read = client.get(KEY, EntryId::ZERO, 0).await;
    assert!(
        matches!(read, Reply::Value { value: Some(value), .. } if value.len() == limits::VALUE_BYTES_MAX)
    );
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_asks_too_much_at_once_is_answered_each_time() {
    let cluster = Cluster::start().await;
    cluster.leader(Partition::of_key(KEY.as_bytes())).await;
    let mut client = cluster.client(0).await;
    // Reads that no replica can answer yet occupy the connection.
    let seen = EntryId::new(Epoch(u64::MAX / 2), Index(1 << 40));
    let count = bounds::REQUESTS_PER_CONNECTION_MAX as u64 + 100;
    for id in 0..count {
        let request = ClientRequest::Read {
            key: KEY.into(),
            seen,
            wait_ms: 300,
        };
        client.send(&ClientFrame { id, request }).await;
    }
    let (mut ids, mut busy) = (BTreeSet::new(), 0);
    for _ in 0..count {
        let answer = client.receive().await;
        ids.insert(answer.id);
        match answer.reply {
            ClientReply::Protocol {
                reply: Reply::Busy, ..
            } => busy += 1,
            ClientReply::Protocol {
                reply: Reply::NotCaughtUp { .. },
                ..
            } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(ids.len() as u64, count, "each request is answered once");
    assert!(busy <= 100);
    guarded(client.status()).await;
    cluster.stop_all().await;
}
