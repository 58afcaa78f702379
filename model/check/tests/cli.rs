//! The command line: exit codes, and what an unknown name is answered with.

use std::net::TcpListener;
use std::process::{Command, Output};

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_katakv-model"))
        .args(args)
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_scope_that_holds_ends_with_zero_and_a_table() {
    let output = run(&["check", "tiny"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    assert!(
        table.contains("exhausted, all hold") && table.contains("election safety"),
        "{table}"
    );
}

#[test]
fn unknown_names_end_with_two_and_what_there_is() {
    for (args, hint) in [
        (&["check", "nonsense"][..], "tiny"),
        (&["mutants", "nonsense"], "vote-not-persisted"),
        (&["explore", "nonsense"], "tiny"),
        (&["explore", "tiny", "--mutant", "nonsense"], "vote-not-persisted"),
        (&["check", "--nonsense"], "--help"),
        (&["nonsense"], "--help"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = text(&output.stderr);
        assert!(said.contains(hint), "{args:?}: {said}");
    }
}

#[test]
fn a_mutant_that_is_killed_ends_with_zero_and_its_trace() {
    let output = run(&["mutants", "acknowledge-before-sync", "--trace"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(
        said.contains("   1. a client writes at n0, to be acknowledged at level leader"),
        "{said}"
    );
}

#[test]
fn a_port_in_use_ends_with_one_and_says_so() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    let output = run(&["explore", "tiny", "--port", &port]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains(&port) && said.contains("cannot listen"), "{said}");
}

#[test]
fn lists_name_everything() {
    let scopes = text(&run(&["scopes"]).stdout);
    for scope in katakv_model::scopes::all() {
        assert!(scopes.contains(scope.name));
    }
    let properties = text(&run(&["properties"]).stdout);
    for property in katakv_model::properties::ALL {
        assert!(properties.contains(property.name));
    }
}

#[test]
fn what_was_found_can_be_read_by_machines() {
    let output = run(&["check", "tiny", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(found["verdict"], "holds");
    assert_eq!(found["scopes"][0]["scope"], "tiny");
    assert_eq!(found["scopes"][0]["exhausted"], true);
}

#[test]
fn a_page_of_a_run_links_to_the_counterexamples() {
    let directory = tempfile::tempdir().expect("there is room");
    let path = directory.path().join("kept");
    let output = run(&["report", &path.display().to_string(), "tiny"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let page = std::fs::read_to_string(path.join("index.html")).expect("there is a page");
    assert!(
        page.contains("election safety") && page.contains("class=\"growth\""),
        "{page}"
    );
    for link in page
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(path.join(link).exists(), "{link}");
    }
    assert!(page.contains("counterexamples/early-vote-request.html"), "{page}");
}

#[test]
fn a_trace_that_there_is_not_ends_with_two_and_says_so() {
    for (args, hint) in [
        (&["diagram", "nonsense", "-o", "x.svg"][..], "no file"),
        (&["diagram", "tiny", "-o", "x.svg"], "--witness"),
        (
            &["diagram", "tiny", "--witness", "nonsense", "-o", "x.svg"],
            "a leader serves",
        ),
        (&["diagram", "no-token-check", "-o", "x.png"], ".html"),
        (&["diagram", "Cargo.toml", "-o", "x.svg"], "names no scope"),
        (&["explore", "--trace", "Cargo.toml"], "names no scope"),
        (&["explore"], "<SCOPE>"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = text(&output.stderr);
        assert!(said.contains(hint), "{args:?}: {said}");
    }
}

#[test]
fn shells_complete_the_command() {
    let script = text(&run(&["completions", "bash"]).stdout);
    assert!(
        script.contains("katakv-model") && script.contains("mutants"),
        "{script}"
    );
}
