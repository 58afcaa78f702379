//! The coverage of the model by itself: that it sees what occurs, and fails on what does not.

use katakv_core::Branch;
use katakv_model::check::{self, How, ScopeReport};
use katakv_model::coverage::{self, Section, Seen};
use katakv_model::{Scope, Set, scopes};

fn cover(name: &str) -> ScopeReport {
    let how = How {
        coverage: true,
        ..How::on(1)
    };
    let scope = scopes::find(name).expect("it is a default scope");
    check::run(&[scope], how, |_, _| {}).remove(0)
}

fn place(section: Section, name: &str) -> (Section, usize) {
    let place = section.names().iter().position(|other| *other == name);
    (section, place.expect("it can occur"))
}

#[test]
fn a_scope_shows_what_occurs_in_it_and_nothing_else() {
    let seen = cover("tiny").coverage.expect("it was asked for");
    for (section, name) in [
        (Section::Branches, Branch::ElectionWon.name()),
        (Section::Messages, "Append"),
        (Section::Effects, "ArmHeartbeat"),
        (Section::Records, "Tail"),
        (Section::Replies, "Written"),
        (Section::Actions, "Crash"),
        (Section::Faults, "a crash keeps 0 of 1 records"),
        (Section::Faults, "a crash takes the store back"),
        (Section::Witnesses, "a serving leader crashes"),
    ] {
        assert!(seen.contains(&place(section, name)), "{name}");
    }
    for (section, name) in [
        (Section::Branches, Branch::LogTruncated.name()),
        (Section::Messages, "Snapshot"),
        (Section::Records, "Installed"),
        (Section::Actions, "Compact"),
        (Section::Faults, "an append overtakes an earlier one"),
        (Section::Witnesses, "entries are truncated"),
    ] {
        assert!(!seen.contains(&place(section, name)), "{name}");
    }
}

/// Counting changes nothing of what is counted.
#[test]
fn the_same_states_are_seen_with_and_without() {
    let (with, without) = (cover("tiny"), {
        let tiny = scopes::find("tiny").expect("it is a default scope");
        check::run(&[tiny], How::on(1), |_, _| {}).remove(0)
    });
    assert_eq!((with.unique, with.states), (without.unique, without.states));
    assert!(without.coverage.is_none());
}

/// A report that says that `seen` occurred in `scope`.
fn report(scope: Scope, seen: Seen) -> ScopeReport {
    ScopeReport {
        scope,
        states: 1,
        unique: 1,
        left: 0,
        depth: 1,
        seconds: 0.0,
        memory_mib: 0,
        exhausted: true,
        walks: None,
        violated: Vec::new(),
        missing: Vec::new(),
        shown: Vec::new(),
        recovery: None,
        coverage: Some(seen),
        counterexample: None,
    }
}

fn everything() -> Seen {
    let all = Section::ALL.into_iter();
    all.flat_map(|section| (0..section.names().len()).map(move |place| (section, place)))
        .collect()
}

fn excused() -> Seen {
    let of_nothing = coverage::unseen(&[]);
    let excused = of_nothing.iter().filter(|unseen| unseen.reason.is_some());
    excused.map(|unseen| place(unseen.section, unseen.name)).collect()
}

/// The reports of all scopes that can be exhausted, the first of which shows `seen` and the others nothing.
fn full(seen: Seen) -> Vec<ScopeReport> {
    let mut reports: Vec<ScopeReport> = scopes::of(Set::Full)
        .into_iter()
        .map(|scope| report(scope, Seen::new()))
        .collect();
    reports[0].coverage = Some(seen);
    reports
}

#[test]
fn whatever_is_never_seen_is_noticed() {
    let whole: Seen = everything().difference(&excused()).copied().collect();
    assert_eq!(coverage::is_whole(&full(whole.clone())), Some(true));
    for lacking in &whole {
        let mut seen = whole.clone();
        seen.remove(lacking);
        let reports = full(seen);
        assert_eq!(coverage::is_whole(&reports), Some(false));
        let name = lacking.0.names()[lacking.1];
        let text = coverage::render(&reports);
        assert!(text.contains(&format!("{name} ({}), AND NO REASON WHY", lacking.0.name())));
    }
}

#[test]
fn a_reason_for_what_is_seen_is_out_of_date() {
    for excused in excused() {
        let mut seen: Seen = everything().difference(&self::excused()).copied().collect();
        seen.insert(excused);
        let reports = full(seen);
        assert_eq!(coverage::is_whole(&reports), Some(false));
        assert!(coverage::render(&reports).contains("OUT OF DATE"));
    }
}

#[test]
fn less_than_full_says_nothing_about_the_whole() {
    let mut reports = full(everything());
    reports[0].exhausted = false;
    assert_eq!(coverage::is_whole(&reports), None);
    assert_eq!(coverage::is_whole(&[cover("tiny")]), None);
}
