//! Taps that follow the model are accepted.

use crate::taps::Taps;
use katakv_conformance::generate::Suite;
use katakv_conformance::validate::{ValidateError, validate};
use katakv_core::Message;
use katakv_model::{Action, Msg, Trace, scopes};

fn validated(trace: &Trace) -> Result<(), ValidateError> {
    let home = tempfile::tempdir().unwrap();
    Taps::of(trace).save(home.path());
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
    for (name, some) in [("takeover", 200), ("compaction", 400)] {
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
