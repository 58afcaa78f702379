//! Upgrading an acknowledgement: a level is reached, or lost, or not reached yet, and never taken for another one.

use crate::cli::{expect_code, katakv_at, stderr, stdout};
use crate::fake::{Act, FakeNode};
use crate::nodes::Nodes;
use crate::quarantine::{lose_writes, put};
use crate::{client, hurried, id, patient};
use katakv::client::{AwaitError, Written};
use katakv::session::Session;
use katakv_core::{AckLevel, EntryId, Index, LostRange, NodeId, Partition, Reply};

const P: Partition = Partition(3);

fn lost(at: EntryId) -> LostRange {
    LostRange {
        epoch: at.epoch,
        first: Index(1),
        last: at.index,
    }
}

#[tokio::test]
async fn a_leader_is_asked_until_the_level_is_reached() {
    let at = id(2, 7);
    let leader = FakeNode::start(1, move |_, before| {
        Act::Reply(match before {
            0..2 => Reply::NotYet { at, copies: 1 },
            _ => Reply::Written { at, copies: 2 },
        })
    })
    .await;
    let leader_is = |leader| Reply::NotLeader { leader };
    let n0 = FakeNode::saying(0, leader_is(Some(NodeId(1)))).await;
    let client = client([&n0, &leader, &n0], patient());
    let node = NodeId(1);
    let reached = client.await_level(P, at, AckLevel::Quorum).await;
    assert_eq!(reached, Ok(Written { at, copies: 2, node }));
}

#[tokio::test]
async fn what_is_said_of_another_entry_is_no_answer() {
    let at = id(2, 7);
    let another = [
        Reply::Written {
            at: id(3, 7),
            copies: 3,
        },
        Reply::Lost(lost(id(2, 8))),
        Reply::NotYet {
            at: id(2, 8),
            copies: 3,
        },
    ];
    for reply in another {
        let node = FakeNode::saying(0, reply).await;
        let error = client([&node, &node, &node], hurried())
            .await_level(P, at, AckLevel::All)
            .await;
        assert!(matches!(error, Err(AwaitError::Unavailable { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn each_outcome_has_its_exit_code() {
    let at = id(2, 7);
    for (reply, code) in [
        (Reply::Written { at, copies: 3 }, 0),
        (Reply::Lost(lost(at)), 4),
        (Reply::NotLeader { leader: None }, 5),
        (Reply::NotYet { at, copies: 2 }, 6),
    ] {
        let node = FakeNode::saying(0, reply).await;
        let arguments = [
            "await",
            "e2:7",
            "--partition",
            "p3",
            "--level",
            "all",
            "--deadline-ms",
            "300",
        ];
        expect_code(&katakv_at([node.address; 3], &arguments).await, code);
    }
}

#[tokio::test]
async fn a_level_is_reached_as_followers_return_and_not_before() {
    let mut nodes = Nodes::start();
    let (leader, at) = loop {
        let alone = nodes.client(hurried());
        let leader = put(&alone, "k", "kept").await.node;
        Nodes::others(leader).for_each(|node| nodes.kill(node));
        let session = &mut Session::default();
        if let Ok(written) = alone.put(session, "k", "alone", AckLevel::Leader).await {
            break (written.node, written.at);
        }
        Nodes::others(leader).for_each(|node| nodes.restart(node));
    };
    let partition = Partition::of_key(b"k");
    let [at_text, partition_text] = [at.to_string(), partition.to_string()];
    let of_it = ["await", &at_text, "--partition", &partition_text];

    // The leader knows of no copy but its own, or knows that it leads no more: either way it is not said to be reached.
    let early = nodes
        .client(hurried())
        .await_level(partition, at, AckLevel::Quorum)
        .await;
    assert!(
        matches!(
            early,
            Err(AwaitError::NotYet { copies: 1, .. } | AwaitError::Unavailable { .. })
        ),
        "{early:?}"
    );

    // Whoever comes back first lacks the write, so it is its holder who leads, in another epoch perhaps.
    let [first, second]: [NodeId; 2] = Nodes::others(leader).collect::<Vec<_>>().try_into().unwrap();
    nodes.restart(first);
    let quorum = nodes
        .client(patient())
        .await_level(partition, at, AckLevel::Quorum)
        .await
        .unwrap();
    assert_eq!((quorum.copies, quorum.node), (2, leader));
    let all = katakv_at(
        nodes.addresses,
        &[&of_it[..], &["--level", "all", "--deadline-ms", "1000"]].concat(),
    )
    .await;
    expect_code(&all, 6);
    assert!(stderr(&all).contains("durable on 2 of 3"), "{}", stderr(&all));

    nodes.restart(second);
    let all = katakv_at(
        nodes.addresses,
        &[&of_it[..], &["--level", "all", "--deadline-ms", "60000"]].concat(),
    )
    .await;
    expect_code(&all, 0);
    assert!(stdout(&all).contains("on 3 copies"), "{}", stdout(&all));
}

#[tokio::test]
async fn a_write_that_a_failover_took_back_is_lost_to_whoever_awaits_it() {
    let mut nodes = Nodes::start();
    let partition = Partition::of_key(b"k");
    let (_, [at, _]) = lose_writes(&mut nodes, &crate::quarantine::beside_k()).await;
    for level in [AckLevel::Quorum, AckLevel::All] {
        let told = nodes.client(patient()).await_level(partition, at, level).await;
        assert!(
            matches!(told, Err(AwaitError::Lost { range, .. }) if range.last == at.index),
            "{told:?}"
        );
    }
}
