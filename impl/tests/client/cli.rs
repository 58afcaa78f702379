//! The command line: what it prints, and the exit code for each kind of end.

use crate::fake::{Act, FakeNode};
use crate::{id, nobody};
use katakv::codec;
use katakv::driver::{Driver, DriverConfig};
use katakv::placement::Placement;
use katakv::session::{self, Session};
use katakv::wal::WalConfig;
use katakv::wire::ClusterId;
use katakv_core::{Limits, LostRange, NodeId, Partition, Record, Reply};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;

/// Runs `katakv` to its end.
pub async fn katakv(arguments: &[&str]) -> Output {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    tokio::task::spawn_blocking(move || {
        std::process::Command::new(env!("CARGO_BIN_EXE_katakv"))
            .args(arguments)
            .env_remove("RUST_LOG")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap()
    })
    .await
    .unwrap()
}

/// Runs `katakv` with `--node` for each of `nodes`.
pub async fn katakv_at(nodes: [SocketAddr; 3], arguments: &[&str]) -> Output {
    let nodes = nodes.map(|node| node.to_string());
    let mut all = arguments.to_vec();
    for node in &nodes {
        all.extend(["--node", node]);
    }
    katakv(&all).await
}

pub fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
pub fn expect_code(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}\n{}",
        stdout(output),
        stderr(output)
    );
}

fn session_at(path: &Path, epoch: u64, index: u64) -> Session {
    let mut session = Session::default();
    session.advance(Partition::of_key(b"k"), id(epoch, index));
    session::store(path, &session).unwrap();
    session
}

fn value(value: Option<&str>) -> Reply {
    Reply::Value {
        value: value.map(Into::into),
        version: value.map(|_| id(1, 5)),
        at: id(1, 5),
    }
}

#[tokio::test]
async fn help_is_0_and_wrong_usage_is_2() {
    for help in [
        &["--help"][..],
        &["--version"],
        &["put", "--help"],
        &["dev", "--help"],
    ] {
        expect_code(&katakv(help).await, 0);
    }
    for wrong in [
        &["--frobnicate"][..],
        &[],
        &["put", "k"],
        &["put", "k", "v", "--ack", "none"],
        &["get", "k", "--prefer", "1"],
        &["get", "k", "--prefer", "3"],
        &["get", "k", "--node", "127.0.0.1:1"],
        &["get", "k", "--token", "kv1:damaged"],
        &["get", "k", "--token", "kv1:-::00000000", "--session", "f"],
        &["router", "--listen", "nowhere", "--node", "127.0.0.1:1"],
    ] {
        let output = katakv(wrong).await;
        expect_code(&output, 2);
        assert!(stderr(&output).contains("--help"), "{}", stderr(&output));
    }
}

#[tokio::test]
async fn get_prints_the_value_alone_and_3_means_that_there_is_none() {
    let node = FakeNode::start(0, |_, count| Act::Reply(value((count == 0).then_some("hello")))).await;
    let nodes = [node.address; 3];
    let found = katakv_at(nodes, &["get", "k"]).await;
    expect_code(&found, 0);
    assert_eq!(stdout(&found), "hello\n");
    let missing = katakv_at(nodes, &["get", "k"]).await;
    expect_code(&missing, 3);
    assert_eq!(stdout(&missing), "");
}

#[tokio::test]
async fn put_prints_entry_copies_and_token_and_keeps_the_session() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let path = file.to_str().unwrap();
    let node = FakeNode::start(0, |_, count| {
        Act::Reply(Reply::Written {
            at: id(1, 5 + count as u64),
            copies: 2,
        })
    })
    .await;
    let output = katakv_at([node.address; 3], &["put", "k", "v", "--session", path]).await;
    expect_code(&output, 0);
    let session = session::load(&file).unwrap();
    assert_eq!(session.seen(Partition::of_key(b"k")), id(1, 5));
    assert!(stdout(&output).contains("e1:5"), "{}", stdout(&output));
    assert!(stdout(&output).contains("2 copies"), "{}", stdout(&output));
    assert!(
        stdout(&output).contains(&session.to_string()),
        "{}",
        stdout(&output)
    );

    // The printed token works as well as the file.
    let token = session.to_string();
    let output = katakv_at([node.address; 3], &["delete", "k", "--token", &token]).await;
    expect_code(&output, 0);
    assert!(stdout(&output).contains("e1.6"), "{}", stdout(&output));
}

#[tokio::test]
async fn lost_is_4_until_it_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let path = file.to_str().unwrap();
    let before = session_at(&file, 1, 7);
    let range = LostRange {
        epoch: id(1, 7).epoch,
        first: id(1, 6).index,
        last: id(1, 7).index,
    };
    let node = FakeNode::start(0, move |_, count| {
        Act::Reply(if count < 3 {
            Reply::Lost(range)
        } else {
            value(Some("old"))
        })
    })
    .await;
    for _ in 0..2 {
        let output = katakv_at([node.address; 3], &["get", "k", "--session", path]).await;
        expect_code(&output, 4);
        assert!(stderr(&output).contains("e1:6..=7"), "{}", stderr(&output));
        assert!(stderr(&output).contains("--forget-lost"), "{}", stderr(&output));
        let partition = Partition::of_key(b"k");
        assert_eq!(
            session::load(&file).unwrap().seen(partition),
            before.seen(partition)
        );
    }
    let output = katakv_at(
        [node.address; 3],
        &["get", "k", "--session", path, "--forget-lost"],
    )
    .await;
    expect_code(&output, 0);
    assert_eq!(stdout(&output), "old\n");
    assert_eq!(node.seen().last(), Some(&id(1, 5)));
    assert_eq!(
        session::load(&file).unwrap().seen(Partition::of_key(b"k")),
        id(1, 5)
    );
}

#[tokio::test]
async fn unavailable_is_5_and_an_unknown_outcome_is_6() {
    let hurry = ["--deadline-ms", "300"];
    let dead = [nobody(), nobody(), nobody()];
    let output = katakv_at(dead, &["put", "k", "v", hurry[0], hurry[1]]).await;
    expect_code(&output, 5);
    assert!(
        stderr(&output).contains("surely not carried out"),
        "{}",
        stderr(&output)
    );
    expect_code(&katakv_at(dead, &["get", "k", hurry[0], hurry[1]]).await, 5);
    expect_code(&katakv_at(dead, &["status"]).await, 5);
    let router = nobody().to_string();
    expect_code(
        &katakv(&["get", "k", "--router", &router, hurry[0], hurry[1]]).await,
        5,
    );

    let closing = FakeNode::start(0, |_, _| Act::Close).await;
    let output = katakv_at([closing.address; 3], &["put", "k", "v"]).await;
    expect_code(&output, 6);
    assert!(
        stderr(&output).contains("Read the key before"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn a_damaged_session_file_is_1_and_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    std::fs::write(&file, "kv1:cut off").unwrap();
    let path = file.to_str().unwrap();
    let output = katakv_at(
        [nobody(), nobody(), nobody()],
        &["put", "k", "v", "--session", path],
    )
    .await;
    expect_code(&output, 1);
    assert!(
        stderr(&output).contains("delete it to start a new session"),
        "{}",
        stderr(&output)
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "kv1:cut off");
}

#[tokio::test]
async fn status_shows_who_is_down() {
    let node = FakeNode::saying(1, Reply::Busy).await;
    let output = katakv_at([nobody(), node.address, nobody()], &["status"]).await;
    expect_code(&output, 0);
    for part in ["n0 DOWN", "n1 up", "n2 DOWN", "down: n0: cannot connect"] {
        assert!(stdout(&output).contains(part), "{}", stdout(&output));
    }
}

#[tokio::test]
async fn check_data_tells_a_sound_disk_from_a_damaged_one_and_from_none() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("node0");
    let config = DriverConfig {
        cluster: ClusterId(1),
        id: NodeId(0),
        placement: Placement::OF_THREE,
        limits: Limits::default(),
        wal: WalConfig::default(),
    };
    let (driver, mut wal) = Driver::open(&data, config, &mut Vec::new()).unwrap();
    wal.append(3, &codec::encode(&Record::default())).unwrap();
    wal.sync().unwrap();
    wal.append(3, &codec::encode(&Record::default())).unwrap();
    wal.sync().unwrap();
    let dir = data.to_str().unwrap();
    let in_use = katakv(&["check-data", dir]).await;
    expect_code(&in_use, 1);
    assert!(stderr(&in_use).contains("is in use"), "{}", stderr(&in_use));
    drop((driver, wal));

    let sound = katakv(&["check-data", dir]).await;
    expect_code(&sound, 0);
    assert!(stdout(&sound).contains("p9    sound"), "{}", stdout(&sound));

    let segment = data.join("wal/wal-00000001.seg");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let damaged = katakv(&["check-data", dir]).await;
    expect_code(&damaged, 7);
    assert!(stderr(&damaged).contains("offset 48"), "{}", stderr(&damaged));
    expect_code(&katakv(&["check-data", "/no/such/directory"]).await, 1);
}
