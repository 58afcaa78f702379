//! The scopes: pinned counts of the small ones, and that each says what it must show.

use katakv_core::Sound;
use katakv_model::{Scope, System, check, properties, scopes, witnesses};

/// A count that changes says that the protocol or the model has changed: look why, then pin the new one.
#[test]
fn small_scopes_have_the_states_that_they_had() {
    let find = |name| scopes::find(name).expect("it is a default scope");
    let figure_8 = Scope {
        epochs: 4,
        ..find("epochs")
    };
    for (scope, unique) in [
        (find("tiny"), 13_607),
        (find("takeover"), 14_782),
        (figure_8, 92_720),
    ] {
        let report = check::exhaust(System::new(scope, &Sound), 2, |_| {});
        assert!(
            report.passes(),
            "{}: {:?} {:?}",
            scope.name,
            report.violated,
            report.missing
        );
        assert_eq!(report.unique, unique, "{}", scope.name);
    }
}

/// One thread or two, depth first or breadth first: the same states.
#[test]
fn the_count_does_not_depend_on_the_search() {
    let tiny = scopes::find("tiny").expect("it is a default scope");
    let one = check::exhaust(System::new(tiny, &Sound), 1, |_| {});
    let two = check::exhaust(System::new(tiny, &Sound), 2, |_| {});
    let breadth_first = katakv_model::shortest::search(&System::new(tiny, &Sound), usize::MAX, |_| false);
    assert!(breadth_first.exhausted);
    assert_eq!(
        (one.unique, two.unique),
        (breadth_first.unique, breadth_first.unique)
    );
}

#[test]
fn a_search_that_is_cut_off_says_so() {
    let mut scope = scopes::find("main").expect("it is a default scope");
    scope.stop.states_max = 1000;
    let report = check::exhaust(System::new(scope, &Sound), 2, |_| {});
    assert!(!report.exhausted && !report.passes());
}

#[test]
fn every_witness_is_of_a_property_and_is_shown_by_a_scope() {
    for witness in witnesses::all() {
        assert!(
            properties::ALL.iter().any(|property| property.name == witness.of),
            "{}",
            witness.name
        );
        let shows = |scope: &Scope| scope.shows.contains(&witness.name);
        assert!(
            scopes::all().iter().any(shows),
            "no scope shows: {}",
            witness.name
        );
    }
}

#[test]
fn every_scope_names_witnesses_that_exist() {
    for scope in scopes::all() {
        for name in scope.shows {
            assert!(
                witnesses::all().any(|witness| witness.name == *name),
                "{}: {name}",
                scope.name
            );
        }
    }
}

#[test]
fn every_property_has_a_witness() {
    for property in properties::ALL {
        // That nobody is refused is about every message there is.
        let needs_none = property.name == "no honest refusal";
        assert!(
            needs_none || witnesses::all().any(|witness| witness.of == property.name),
            "{}",
            property.name
        );
    }
}
