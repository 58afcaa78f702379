//! Taps that follow the model are accepted.

use crate::taps::Taps;
use katakv::tap::{End, Event};
use katakv_conformance::generate::Suite;
use katakv_conformance::validate::{ValidateError, validate};
use katakv_core::Message;
use katakv_model::{Action, Msg, Trace, scopes};

fn validated(trace: &Trace) -> Result<(), ValidateError> {
    let home = tempfile::tempdir().unwrap();
    Taps::of_restarted(trace).save(home.path());
    validate(home.path()).map(|_| ())
}

fn delivers_a_state(step: &Action) -> bool {
    let Action::Deliver { msg, .. } = step else {
        return false;
    };
    matches!(msg, Msg::Peer(Message::Snapshot { .. }))
}

#[test]
fn what_sound_nodes_record_is_accepted() {
    for (name, some) in [("takeover", 200), ("compaction", 200), ("refill-damage", 200)] {
        let suite = Suite::of(scopes::find(name).unwrap()).unwrap();
        let (with_states, others): (Vec<&Trace>, Vec<&Trace>) = suite
            .traces
            .iter()
            .partition(|trace| trace.steps.iter().any(delivers_a_state));
        for traces in [with_states, others] {
            let every = traces.len().div_ceil(some).max(1);
            for (place, trace) in traces.into_iter().enumerate().step_by(every) {
                if let Err(error) = validated(trace) {
                    panic!("trace {place} of {name}: {error}");
                }
            }
        }
    }
}

/// A node goes on when its record is full. Nobody takes what it says then for something that it cannot have said.
#[test]
fn what_ends_at_its_limit_says_so_and_the_others_are_validated_to_their_end() {
    let suite = Suite::of(scopes::find("tiny").unwrap()).unwrap();
    let trace = suite.traces.iter().max_by_key(|trace| trace.steps.len()).unwrap();
    let whole = Taps::of(trace);
    for node in 0..3 {
        let turns = whole.0[node][0].iter().enumerate();
        let ends: Vec<usize> = turns
            .filter_map(|(place, event)| (*event == Event::Performed).then_some(place))
            .collect();
        for end in ends {
            let mut taps = whole.clone();
            taps.0[node].truncate(1);
            taps.0[node][0].truncate(end + 1);
            taps.0[node][0].push(Event::Ended(End::Limit));
            let home = tempfile::tempdir().unwrap();
            taps.save(home.path());
            let report = validate(home.path()).unwrap();
            let text = report.to_string();
            let says = format!("n{node}-00000001.tap: {} events, and no more", end + 2);
            assert!(text.contains(&says), "{text}");
            let of_others = report
                .taps
                .iter()
                .filter(|tap| tap.end == Some(End::Stopped))
                .count();
            assert_eq!(of_others + 1, report.taps.len());
        }
    }
}
