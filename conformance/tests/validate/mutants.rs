//! Taps that follow the model are accepted.

use crate::taps::Taps;
use katakv_conformance::generate::Suite;
use katakv_conformance::validate::{ValidateError, validate};
use katakv_model::{Trace, scopes};

fn validated(trace: &Trace) -> Result<(), ValidateError> {
    let home = tempfile::tempdir().unwrap();
    Taps::of(trace).save(home.path());
    validate(home.path()).map(|_| ())
}

#[test]
fn what_sound_nodes_record_is_accepted() {
    for (name, some) in [("takeover", 200), ("compaction", 400)] {
        let suite = Suite::of(scopes::find(name).unwrap()).unwrap();
        let every = suite.traces.len().div_ceil(some);
        for (place, trace) in suite.traces.iter().enumerate().step_by(every) {
            if let Err(error) = validated(trace) {
                panic!("trace {place} of {name}: {error}");
            }
        }
    }
}
