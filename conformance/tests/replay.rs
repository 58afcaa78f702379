//! The replay: what it covers, and that it notices.

use katakv_conformance::generate::{Suite, is_replayable};
use katakv_conformance::real::Parting;
use katakv_conformance::replay::replay;
use katakv_model::mutants::Killer;
use katakv_model::{Action, Scope, Trace, hunt, mutants, scopes};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn scope(name: &str) -> Scope {
    scopes::find(name).expect("it is a default scope")
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary directory")
}

/// Every edge of a failover, on real nodes.
#[test]
fn every_edge_of_the_takeover_is_replayed() {
    let suite = Suite::of(scope("takeover")).unwrap();
    let coverage = replay(&suite.traces, home().path(), 2, |_| {}).unwrap();
    assert_eq!(coverage.edges(), suite.edges);
}

/// Crashes, on real WAL bytes: a twentieth of the traces of the scope `tiny`.
#[test]
fn crashes_are_replayed() {
    let suite = Suite::of(scope("tiny")).unwrap();
    let some: Vec<Trace> = suite.traces.into_iter().step_by(20).collect();
    let coverage = replay(&some, home().path(), 2, |_| {}).unwrap();
    assert_eq!(coverage.traces, some.len());
    assert!(
        coverage.edges().len() == suite.edges.len(),
        "every class of edge: {:?}",
        coverage.edges()
    );
}

/// What a crash leaves, on directories on a disk.
#[test]
fn crashes_are_replayed_on_a_disk() {
    let suite = Suite::of(scope("tiny")).unwrap();
    let crashes = |trace: &&Trace| {
        let loses = |action: &Action| matches!(action, Action::Crash { keep, of, .. } if keep < of);
        trace.steps.iter().any(loses)
    };
    let some: Vec<Trace> = suite
        .traces
        .iter()
        .filter(crashes)
        .step_by(100)
        .take(8)
        .cloned()
        .collect();
    let home = tempfile::tempdir().unwrap();
    let coverage = replay(&some, home.path(), 1, |_| {}).unwrap();
    assert_eq!(coverage.traces, 8);
}

/// Every file below a directory, with its bytes.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut dirs) = (BTreeMap::new(), vec![dir.to_owned()]);
    while let Some(next) = dirs.pop() {
        for entry in std::fs::read_dir(next).expect("it is a directory") {
            let path = entry.expect("it can be read").path();
            match path.is_dir() {
                true => dirs.push(path),
                false => {
                    let name = path.strip_prefix(dir).expect("it is below").to_owned();
                    files.insert(name, std::fs::read(&path).expect("it can be read"));
                }
            }
        }
    }
    files
}

/// Taken again, traces lead to the same logs, byte for byte, and to the same edges.
#[test]
fn a_replay_that_is_repeated_has_the_same_result() {
    let suite = Suite::of(scope("takeover")).unwrap();
    let some = &suite.traces[..60];
    let once = || {
        let home = home();
        let coverage = replay(some, home.path(), 2, |_| {}).unwrap();
        let mut logs = files(home.path());
        logs.retain(|name, _| name.components().any(|part| part.as_os_str() == "wal"));
        (coverage.traces, coverage.steps, coverage.edges(), logs)
    };
    let (first, again) = (once(), once());
    assert!(first.3.len() >= 6, "{:?}", first.3.keys());
    assert!(first == again, "{:?} and {:?}", first.3.keys(), again.3.keys());
}

#[test]
fn the_same_scope_gives_the_same_traces() {
    let once = Suite::of(scope("takeover")).unwrap();
    let again = Suite::of(scope("takeover")).unwrap();
    assert_eq!(once.traces, again.traces);
}

/// Real nodes obey the sound rules. A model that obeys a mutant's must part from them on the way to the mutant's
/// counterexample: if it did not, the replay would not see that decision at all.
#[test]
fn real_nodes_part_from_every_mutant() {
    let mut parted = 0;
    for mutant in mutants::ALL {
        // It leads to where nothing helps any more, which may be before the decision shows.
        if mutant.killed_by == Killer::Stuck {
            continue;
        }
        let Some(trace) = hunt::hunt(mutant).trace else {
            // Given away by what never happens; there is no path to it.
            continue;
        };
        // What a replica would answer is looked at in every state, without a step that asks.
        if trace.steps.is_empty() {
            continue;
        }
        // Steps that are many inputs at once, and clients that are actors, are not replayed.
        if !is_replayable(&scope(&trace.scope)) {
            continue;
        }
        let divergence = replay(std::slice::from_ref(&trace), home().path(), 1, |_| {});
        assert!(divergence.is_err(), "{} goes unnoticed", mutant.name);
        parted += 1;
    }
    assert!(parted >= 7, "only {parted} mutants were replayed");
}

/// A trace that is not a path of the model is told from a divergence.
#[test]
fn a_doctored_trace_is_refused() {
    let suite = Suite::of(scope("takeover")).unwrap();
    let mut trace = suite.traces[0].clone();
    let synced = trace
        .steps
        .iter()
        .position(|action| matches!(action, Action::Sync { .. }))
        .unwrap();
    trace.steps.insert(0, trace.steps[synced].clone());
    trace.steps.insert(0, trace.steps[synced + 1].clone());
    let refused = replay(&[trace], home().path(), 1, |_| {})
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(refused.parting, Parting::Impossible), "{refused}");
}
