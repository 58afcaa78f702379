//! Each reduction against its absence, and the model against the one made of Stateright's own parts.

use katakv_core::{AckLevel, Sound};
use katakv_model::actors::Actors;
use katakv_model::check::{self, ScopeReport};
use katakv_model::{NetworkKind, Scope, System, mutants, properties, scopes, shortest};
use stateright::{Checker, Model};

fn exhaust(scope: Scope) -> ScopeReport {
    let report = check::exhaust(System::new(scope, &Sound).looking_for_all(), 2, |_| {});
    assert!(report.exhausted, "{} is not exhausted", scope.name);
    report
}

/// The smallest default scope, and one of two epochs.
fn small() -> [Scope; 2] {
    let tiny = scopes::find("tiny").expect("it is a default scope");
    let two_epochs = Scope {
        epochs: 2,
        levels: &[AckLevel::Quorum],
        crashes: 0,
        ..tiny
    };
    [tiny, two_epochs]
}

#[test]
fn renaming_changes_no_verdict_and_saves_at_most_a_factor_of_six() {
    for scope in small() {
        let (on, off) = (exhaust(scope), exhaust(scope.without_symmetry()));
        assert_eq!(on.shown, off.shown);
        assert!(on.unique < off.unique && off.unique <= 6 * on.unique);
    }
}

#[test]
fn burying_dead_messages_changes_no_verdict() {
    for scope in small() {
        let (on, off) = (exhaust(scope), exhaust(scope.without_burial()));
        assert_eq!(on.shown, off.shown);
        assert!(on.unique <= off.unique);
    }
}

#[test]
fn skipping_idle_deliveries_changes_no_verdict() {
    for scope in small() {
        let (on, off) = (exhaust(scope), exhaust(scope.without_skipping()));
        assert_eq!(on.shown, off.shown);
        assert!(on.unique <= off.unique);
    }
}

/// Two networks, two kinds of timers, two fingerprints: the same number of states.
#[test]
fn the_actor_model_counts_the_same_states() {
    for network in [NetworkKind::Unordered, NetworkKind::Ordered] {
        for scope in small() {
            let scope = Scope { network, ..scope };
            let actors = Actors::new(scope, &Sound).checker().threads(2).spawn_dfs().join();
            let own = exhaust(scope.without_symmetry());
            assert_eq!(
                actors.unique_state_count(),
                own.unique,
                "{network:?}, {} epochs",
                scope.epochs
            );
            assert!(actors.discoveries().is_empty());
        }
    }
}

/// A reduction that hid a mistake, or put it farther away, would be no reduction.
#[test]
fn mutants_are_as_near_without_the_reductions() {
    for name in [
        "acknowledge-before-sync",
        "own-copy-unsynced",
        "no-token-check",
        "vote-not-persisted",
    ] {
        let mutant = mutants::find(name).expect("it is a mutant");
        let scope = scopes::find(mutant.scope).expect("it names a default scope");
        let length = |scope: Scope| {
            let system = System::new(scope, mutant.rules);
            let search = shortest::search(&system, usize::MAX, |state| {
                properties::ALL
                    .iter()
                    .any(|property| !(property.holds)(&system, state))
            });
            search.found.map(|(steps, _)| steps.len())
        };
        assert!(length(scope).is_some(), "{name}");
        assert_eq!(length(scope), length(scope.without_symmetry()), "{name}");
        assert_eq!(length(scope), length(scope.without_burial()), "{name}");
        assert_eq!(length(scope), length(scope.without_skipping()), "{name}");
    }
}
