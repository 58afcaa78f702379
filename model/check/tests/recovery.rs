//! Recoverability: that the sound rules have it, and that it is lost where it must be.

use katakv_core::Sound;
use katakv_model::recovery::{self, Recovery};
use katakv_model::{System, mutants, scopes};

fn of_mutant(name: &str) -> Recovery {
    let mutant = mutants::find(name).expect("it is a mutant");
    let scope = scopes::find(mutant.scope).expect("it names a scope");
    recovery::of(&System::new(scope, mutant.rules), Some(name))
}

/// One election, and a heartbeat that tells the followers of the commit.
#[test]
fn two_timers_are_enough_where_nobody_is_asked_first() {
    for scope in ["tiny", "takeover"] {
        let scope = scopes::find(scope).expect("it is a default scope");
        let recovery = recovery::of(&System::new(scope, &Sound), None);
        assert_eq!((recovery.stuck, recovery.timers), (0, 2), "{}", scope.name);
        assert!(recovery.nearest.is_none());
    }
}

/// They keep every property and get nothing done, from the beginning on.
#[test]
fn who_gets_nothing_done_is_stuck_at_once() {
    for mutant in ["gate-never-opens", "window-blocks-probe"] {
        let recovery = of_mutant(mutant);
        assert_eq!(recovery.stuck, recovery.states, "{mutant}");
        let nearest = recovery.nearest.expect("there is a stuck state");
        assert!(nearest.steps.is_empty(), "{mutant}");
    }
}

/// Most of the time it works: the way to where it does not is told.
#[test]
fn the_way_to_a_stuck_state_can_be_walked() {
    let recovery = of_mutant("question-leaves-the-epoch");
    assert!(0 < recovery.stuck && recovery.stuck < recovery.states);
    let trace = recovery.nearest.expect("there is a stuck state");
    let system = trace.system().expect("scope and mutant exist");
    let states = trace.replay(&system).expect("every step is possible");
    let epochs = states.last().map(|state| {
        let replicas = state.replicas().iter();
        replicas
            .map(|replica| replica.node().epoch().0)
            .collect::<Vec<_>>()
    });
    // The one that came back is ahead of the others, for ever.
    assert_eq!(epochs, Some(vec![1, 2, 1]));
}
