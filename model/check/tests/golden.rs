//! What is kept in `specs/traces` and `specs/pictures`: all of it, nothing else, and still true.

use katakv_core::Sound;
use katakv_model::diagram::{self, Tale};
use katakv_model::mutants::Killer;
use katakv_model::{System, Trace, golden, mutants, properties, shortest, witnesses};
use std::path::{Path, PathBuf};

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(specs().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn nothing_is_missing_and_nothing_is_too_many() {
    let mut present = Vec::new();
    for directory in ["traces/mutants", "traces/witnesses", "pictures"] {
        let entries = std::fs::read_dir(specs().join(directory)).expect("there is such a directory");
        present.extend(
            entries.map(|entry| Path::new(directory).join(entry.expect("it can be read").file_name())),
        );
    }
    present.sort();
    assert_eq!(
        present,
        golden::expected(),
        "`cargo run --release --bin katakv-model -- golden` makes them anew"
    );
}

/// The shortest there is, which is what `tests/mutants.rs` finds, is pinned there by its length.
#[test]
fn every_mutants_trace_ends_where_it_is_given_away() {
    for mutant in mutants::ALL {
        let path = golden::of_mutant(mutant);
        if !golden::expected().contains(&path) {
            continue;
        }
        let text = read(&path);
        let trace = Trace::from_text(&text).unwrap_or_else(|error| panic!("{}: {error}", mutant.name));
        let system = trace.system().expect("it has just been replayed");
        let states = trace.replay(&system).expect("it has just been replayed");
        let broken = |state| {
            properties::ALL
                .iter()
                .any(|property| !(property.holds)(&system, state))
        };
        let (last, before) = states.split_last().expect("there is the initial state");
        assert_eq!(broken(last), mutant.killed_by != Killer::Stuck, "{}", mutant.name);
        assert!(!before.iter().any(broken), "{}", mutant.name);
        for property in properties::ALL {
            let why = (property.why)(&system, last);
            let told =
                why.is_none_or(|why| text.contains(&format!("{} does not hold: {why}.", property.name)));
            assert!(told, "{}: {}", mutant.name, property.name);
        }
    }
}

#[test]
fn every_witness_is_at_the_end_of_its_trace() {
    for witness in witnesses::all() {
        let trace = Trace::from_text(&read(&golden::of_witness(witness)));
        let trace = trace.unwrap_or_else(|error| panic!("{}: {error}", witness.name));
        let system = trace.system().expect("it has just been replayed");
        assert!(shortest::is_shown(&system, &trace, witness), "{}", witness.name);
    }
}

#[test]
fn pictures_are_drawn_as_they_would_be_now() {
    for name in golden::DRAWN {
        let mutant = mutants::find(name).expect("it is a mutant");
        let trace = Trace::from_text(&read(&golden::of_mutant(mutant))).expect("it is possible");
        let drawn = diagram::picture(&Tale::of(&trace).expect("it is possible"));
        let kept = read(Path::new(&format!("pictures/{name}.svg")));
        assert!(
            kept == drawn,
            "{name}: `cargo run --release --bin katakv-model -- golden` draws it anew"
        );
    }
}

/// A mutant's sentences are not possible under the sound rules to their end, or the property would not hold there either.
#[test]
fn the_sound_rules_do_not_lead_there() {
    let mutant = mutants::find("early-vote-request").expect("it is a mutant");
    let mut trace = Trace::from_text(&read(&golden::of_mutant(mutant))).expect("it is possible");
    trace.mutant = None;
    let system = System::new(trace.system().expect("the scope exists").scope, &Sound);
    assert!(trace.replay(&system).is_err());
}
