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
