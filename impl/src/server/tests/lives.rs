//! Keys that live for a while, more of them than a node keeps in mind.

use super::Cluster;
use crate::client::put_for;
use crate::wire::{ClientReply, ClientRequest};
use katakv_core::{AckLevel, Op, Partition, Reply};
use std::time::Duration;

const P: Partition = Partition(3);

/// Longer than any test.
const AGES: Duration = Duration::from_secs(24 * 60 * 60);

const LIVES_MAX: u32 = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_many_keys_have_a_time_to_live_and_no_further_one_gets_one() {
    let cluster = Cluster::start_with(|config| config.lives_max = LIVES_MAX).await;
    let leader = cluster.leader(P).await;
    let mut client = cluster.client(leader).await;
    let names = (0..).map(|number| format!("key-{number}"));
    let mut keys = names.filter(|key| Partition::of_key(key.as_bytes()) == P);
    let mut key = || keys.next().expect("there is no end of keys");
    let [first, second, third] = [key(), key(), key()];

    let write = |op| ClientRequest::Write {
        op,
        level: AckLevel::Quorum,
    };
    let living = |key: &String| write(put_for(key.as_str().into(), "v".into(), AGES));
    let delete = |key: &String| {
        write(Op::Delete {
            key: key.as_str().into(),
        })
    };
    // Whoever has one may get another.
    for key in [&first, &second, &first] {
        let reply = client.protocol(living(key)).await;
        assert!(matches!(reply, Reply::Written { .. }), "{reply:?}");
    }
    let reply = client.ask(living(&third)).await;
    assert!(matches!(reply, ClientReply::LivesFull { .. }), "{reply:?}");
    for request in [delete(&first), living(&third)] {
        let reply = client.protocol(request).await;
        assert!(matches!(reply, Reply::Written { .. }), "{reply:?}");
    }
    cluster.stop_all().await;
}
