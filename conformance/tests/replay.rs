//! The replay: what it covers, and that it notices.

use katakv_conformance::generate::{Suite, is_replayable};
use katakv_conformance::real::Parting;
use katakv_conformance::replay::replay;
use katakv_model::mutants::Killer;
use katakv_model::{Action, Scope, Trace, hunt, mutants, scopes};

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
