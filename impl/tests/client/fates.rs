//! What became of a write: any replica that knows tells, and the command line says it by its exit code.

use crate::cli::{expect_code, katakv_at, stdout};
use crate::fake::FakeNode;
use crate::{client, hurried, id, nobody, patient};
use katakv::client::{Client, FateError, Told};
use katakv_core::{EntryId, Fate, NodeId, Partition, Reply};

fn said(at: EntryId, fate: Fate) -> Reply {
    let lost = None;
    Reply::Fate { at, fate, lost }
}

#[tokio::test]
async fn the_first_replica_that_knows_is_believed() {
    let at = id(2, 7);
    let n0 = FakeNode::saying(0, said(at, Fate::Unknown)).await;
    let n1 = FakeNode::saying(1, said(at, Fate::Truncated)).await;
    let n2 = FakeNode::saying(2, said(at, Fate::Unknown)).await;
    let told = client([&n0, &n1, &n2], patient()).fate(Partition(3), at).await;
    let (fate, node) = (Fate::Truncated, NodeId(1));
    assert_eq!(
        told,
        Ok(Told {
            fate,
            node,
            lost: None
        })
    );
}

#[tokio::test]
async fn unknown_is_an_answer_only_if_no_one_who_answers_knows() {
    let at = id(2, 7);
    let n1 = FakeNode::saying(1, said(at, Fate::Unknown)).await;
    let client = Client::nodes([nobody(), n1.address, nobody()], patient());
    let told = client.fate(Partition(3), at).await.unwrap();
    assert_eq!((told.fate, told.node), (Fate::Unknown, NodeId(1)));
}

#[tokio::test]
async fn the_fate_of_another_entry_is_no_answer() {
    let other = FakeNode::saying(0, said(id(2, 8), Fate::Committed)).await;
    let client = Client::nodes([other.address, nobody(), nobody()], hurried());
    let told = client.fate(Partition(3), id(2, 7)).await;
    assert!(matches!(told, Err(FateError::Unavailable { .. })), "{told:?}");
}

#[tokio::test]
async fn each_fate_has_its_exit_code() {
    let at = id(2, 7);
    for (fate, word, code) in [
        (Fate::Committed, "committed\n", 0),
        (Fate::Truncated, "truncated\n", 4),
        (Fate::Unknown, "unknown\n", 6),
    ] {
        let node = FakeNode::saying(0, said(at, fate)).await;
        let output = katakv_at([node.address; 3], &["fate", "e2:7", "--key", "k"]).await;
        expect_code(&output, code);
        assert_eq!(stdout(&output), word);
    }
    let output = katakv_at([nobody(); 3], &["fate", "e2:7"]).await;
    expect_code(&output, 2);
}
