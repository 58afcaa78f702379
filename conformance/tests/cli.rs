//! The command line: exit codes, and the failover on three real processes.

use std::process::{Command, Output};

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_katakv-conformance"))
        .args(args)
        .output()
        .expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Write, kill -9 the leader, elect, read your write from a follower, restart the old leader, see it follow.
#[test]
fn three_processes_fail_over() {
    let home = tempfile::tempdir().unwrap();
    let done = run(&[
        "failover",
        "--kills",
        "2",
        "--data",
        home.path().to_str().unwrap(),
    ]);
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    assert!(done.status.success(), "{out}{err}");
    assert_eq!(
        out.matches("a follower, answered the session's read").count(),
        2,
        "{out}"
    );
    assert_eq!(out.matches("is back, follows").count(), 2, "{out}");
}

/// Load, kill -9, a state that is sent, a lost disk, a rolling restart: all of what was recorded is followed.
#[test]
fn what_a_cluster_lives_through_is_validated_to_the_end() {
    let home = tempfile::tempdir().unwrap();
    let done = run(&["lifecycle", "--data", home.path().to_str().unwrap()]);
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    assert!(done.status.success(), "{out}{err}");
    assert!(out.contains("no event was passed over"), "{out}");
}

/// Some traces on processes, over sockets: no promise is broken, and what was recorded is in order.
#[test]
fn a_sample_of_traces_is_taken_on_processes() {
    let home = tempfile::tempdir().unwrap();
    let done = run(&[
        "processes",
        "--sample",
        "8",
        "--clusters",
        "2",
        "--json",
        "--data",
        home.path().to_str().unwrap(),
    ]);
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    assert!(done.status.success(), "{out}{err}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["courses"], 8, "{out}");
    for some in [
        "/kills",
        "/network/let_out",
        "/clients/acknowledged",
        "/events_validated",
    ] {
        assert!(found.pointer(some).unwrap().as_u64() > Some(0), "{some}: {out}");
    }
}

#[test]
fn an_unknown_scope_is_answered_with_those_that_exist() {
    let done = run(&["replay", "no-such-scope"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("takeover"), "{}", text(&done.stderr));
}

#[test]
fn a_file_that_is_no_trace_is_an_error_that_names_the_line() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("traces.jsonl");
    std::fs::write(&file, "{}\n").unwrap();
    let done = run(&["replay", "--traces", file.to_str().unwrap()]);
    assert_eq!(done.status.code(), Some(1));
    assert!(
        text(&done.stderr).contains("traces.jsonl:1: not a trace"),
        "{}",
        text(&done.stderr)
    );
}

#[test]
fn what_is_generated_can_be_replayed_alone() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("traces.jsonl");
    let generated = run(&["generate", "takeover", "--output", file.to_str().unwrap()]);
    assert!(generated.status.success(), "{}", text(&generated.stderr));
    let replayed = run(&["replay", "--traces", file.to_str().unwrap(), "--trace", "7"]);
    assert!(
        replayed.status.success(),
        "{}{}",
        text(&replayed.stdout),
        text(&replayed.stderr)
    );
    assert!(
        text(&replayed.stdout).contains("1 traces"),
        "{}",
        text(&replayed.stdout)
    );
}

/// Before anything else is done: that takes minutes.
#[test]
fn a_file_that_is_no_matrix_is_refused_at_once() {
    let home = tempfile::tempdir().unwrap();
    let page = home.path().join("page");
    for (file, hint) in [("Cargo.toml", "is no matrix"), ("nowhere.json", "cannot read")] {
        let done = run(&["report", page.to_str().unwrap(), "--matrix", file]);
        let (out, err) = (text(&done.stdout), text(&done.stderr));
        assert_eq!(done.status.code(), Some(1), "{out}{err}");
        assert!(err.contains(hint) && out.is_empty(), "{out}{err}");
    }
    assert!(!page.exists());
}
