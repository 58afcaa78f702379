//! Sessions without a cluster: merged from tokens and files.

use crate::cli::{expect_code, katakv, stderr, stdout};
use crate::id;
use katakv::session::{self, Session};
use katakv_core::Partition;

const P: Partition = Partition(3);

fn seen(epoch: u64, index: u64) -> Session {
    let mut session = Session::default();
    session.advance(P, id(epoch, index));
    session
}

#[tokio::test]
async fn what_several_clients_have_seen_becomes_one_session() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (file, into) = (path("one"), path("both"));
    session::store(file.as_ref(), &seen(1, 5)).unwrap();
    let other = seen(2, 7).to_string();
    let output = katakv(&["session", "merge", &file, &other, "--into", &into]).await;
    expect_code(&output, 0);
    let merged: Session = stdout(&output).trim_end().parse().unwrap();
    assert_eq!((merged.seen(P), merged.in_doubt(P)), (id(2, 7), Some(id(1, 5))));
    assert_eq!(session::load(into.as_ref()).unwrap(), merged);

    let third = seen(3, 9).to_string();
    let refused = katakv(&["session", "merge", &into, &third]).await;
    expect_code(&refused, 1);
    assert!(
        stderr(&refused).contains("more than two epochs of p3"),
        "{}",
        stderr(&refused)
    );
    expect_code(&katakv(&["session", "merge", &file, "no-such-file"]).await, 2);
    expect_code(&katakv(&["session", "merge", &file]).await, 2);
}
