//! The scopes: pinned counts of the small ones, and that each says what it must show.

use katakv_core::Sound;
use katakv_model::check::{self, How, ScopeReport, Verdict};
use katakv_model::{Scope, Set, System, mutants, properties, scopes, witnesses};

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

/// Whatever looks at states and steps bears with those of every scope.
#[test]
fn the_beginning_of_every_scope_holds() {
    for mut scope in scopes::all() {
        scope.stop.states_max = 5_000;
        let report = check::exhaust(System::new(scope, &Sound), 2, |_| {});
        assert!(
            report.violated.is_empty(),
            "{}: {:?}",
            scope.name,
            report.violated
        );
    }
}

#[test]
fn a_search_that_is_cut_off_says_so() {
    let mut scope = scopes::find("main").expect("it is a default scope");
    scope.stop.states_max = 1000;
    let report = check::exhaust(System::new(scope, &Sound), 2, |_| {});
    assert!(!report.exhausted && !report.passes());
}

/// A walk is found again by its number, on however many threads; and never claims to have seen everything.
#[test]
fn random_walks_can_be_taken_again() {
    let mut scope = scopes::find("storm").expect("it is a deep scope");
    scope.stop.states_max = 20_000;
    let walk = |threads, from| {
        let how = How {
            seed: 7,
            from,
            ..How::on(threads)
        };
        check::walk(&System::new(scope, &Sound), how, |_| {})
    };
    let (one, again) = (walk(1, 0), walk(1, 0));
    assert_eq!((one.states, one.unique), (again.states, again.unique));
    assert_eq!(one.verdict(), Verdict::NotExhausted);
    assert!(one.violated.is_empty(), "{:?}", one.violated);
    let to = |report: &ScopeReport| report.walks.expect("it was walked").to;
    assert_eq!(walk(2, to(&one)).walks.expect("it was walked").from, to(&one));
}

#[test]
fn a_walk_meets_what_a_mutant_does_and_tells_the_way() {
    let mutant = mutants::find("commit-on-one-copy").expect("it is a mutant");
    let scope = scopes::find("storm").expect("it is a deep scope");
    let system = System::new(scope, mutant.rules);
    let report = check::walk(&system, How::on(2), |_| {});
    assert_eq!(report.verdict(), Verdict::Fails);
    let trace = report.counterexample.expect("it was met on a walk");
    let states = trace.replay(&system).expect("every step is possible");
    let last = states.last().expect("there is an initial state");
    assert!(
        properties::ALL
            .iter()
            .any(|property| !(property.holds)(&system, last))
    );
}

/// Words of the command line mean one thing each.
#[test]
fn sets_and_scopes_have_different_names_and_full_includes_quick() {
    let mut words = scopes::words();
    words.sort_unstable();
    let count = words.len();
    words.dedup();
    assert_eq!(words.len(), count);
    let names = |set| scopes::of(set).iter().map(|scope| scope.name).collect::<Vec<_>>();
    assert!(
        names(Set::Quick)
            .iter()
            .all(|name| names(Set::Full).contains(name))
    );
    assert!(
        names(Set::Deep)
            .iter()
            .all(|name| !names(Set::Full).contains(name))
    );
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
