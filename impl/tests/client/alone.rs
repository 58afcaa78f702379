//! Writes at level `leader` of a client that nobody can give a name.

use crate::fake::{Act, FakeNode};
use crate::{client, hurried, id};
use katakv::client::WriteError;
use katakv::session::Session;
use katakv::wire::ClientRequest;
use katakv_core::{AckLevel, Reply};

fn is_unnumbered(request: &ClientRequest) -> bool {
    matches!(
        request,
        ClientRequest::Transact {
            level: AckLevel::Leader,
            ..
        }
    )
}

#[tokio::test]
async fn a_write_at_level_leader_is_sent_without_a_number_and_one_at_another_level_is_not_sent() {
    let at = id(1, 5);
    let leader = FakeNode::alone(0, move |_, _| Act::Reply(Reply::Written { at, copies: 1 })).await;
    let client = client([&leader; 3], hurried());
    let mut session = Session::default();
    let written = client
        .put(&mut session, "k", "v", AckLevel::Leader)
        .await
        .unwrap();
    assert_eq!((written.at, written.copies), (at, 1));
    assert!(leader.asked().iter().all(is_unnumbered), "{:?}", leader.asked());

    let error = client
        .put(&mut session, "k", "v", AckLevel::Quorum)
        .await
        .unwrap_err();
    assert!(matches!(error, WriteError::Unavailable { .. }), "{error}");
    assert_eq!(leader.asked().len(), 1);
}

#[tokio::test]
async fn what_has_no_number_and_may_have_been_carried_out_is_not_sent_again() {
    let leader = FakeNode::alone(0, |_, _| Act::Close).await;
    let client = client([&leader; 3], hurried());
    let error = client
        .put(&mut Session::default(), "k", "v", AckLevel::Leader)
        .await
        .unwrap_err();
    assert!(matches!(error, WriteError::OutcomeUnknown { .. }), "{error}");
    assert_eq!(leader.asked().len(), 1);
}
