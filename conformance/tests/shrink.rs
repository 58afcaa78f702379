//! A divergence, shrunk: what is kept of it is short, is one, and is drawn.

use katakv_conformance::generate::{load, save};
use katakv_conformance::picture;
use katakv_conformance::real::Parting;
use katakv_conformance::replay::{Divergence, replay};
use katakv_conformance::shrink::shrink;
use katakv_model::{Action, Trace, source};
use std::path::Path;

fn parts(trace: &Trace, home: &Path) -> Option<Box<Divergence>> {
    replay(std::slice::from_ref(trace), home, 1, |_| {}).err()
}

/// The trace with a step more at every place at which one can be that leaves the rest possible.
fn padded(mut trace: Trace) -> Trace {
    let system = trace.system().expect("its scope exists");
    let mut place = 0;
    while place < trace.steps.len() {
        let states = trace.replay(&system).expect("it is possible");
        let mut enabled = Vec::new();
        system.enabled(&states[place], &mut enabled);
        let with = |action: Action| {
            let mut longer = trace.clone();
            longer.steps.insert(place, action);
            longer.replay(&system).is_ok().then_some(longer)
        };
        if let Some(longer) = enabled.into_iter().find_map(with) {
            trace = longer;
            place += 1;
        }
        place += 1;
    }
    trace
}

/// Real nodes obey the sound rules, so a model that obeys a mutant's parts from them: here only after an election and a write.
#[test]
fn what_is_left_of_a_divergence_can_do_without_no_step() {
    let home = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let home = home.path();
    let short = source::find("append-acknowledged-before-sync", None, 0).unwrap();
    let long = padded(short.clone());
    assert!(long.steps.len() > short.steps.len() + 3, "{}", long.steps.len());

    let shortest = shrink(&long, &home.join("shrink"));
    let found = shortest.divergence.as_ref().expect("it is deterministic");
    let trace = &shortest.trace;
    assert!(trace.steps.len() <= short.steps.len(), "{shortest}");
    assert_eq!(found.step, trace.steps.len(), "they part at its end");
    for place in 0..trace.steps.len() {
        let mut shorter = trace.clone();
        shorter.steps.remove(place);
        let parted = parts(&shorter, &home.join("shorter"));
        let is_needed = parted.is_none_or(|found| matches!(found.parting, Parting::Impossible));
        assert!(is_needed, "step {} can be left out of\n{shortest}", place + 1);
    }

    let file = home.join("divergence.json");
    save(std::slice::from_ref(trace), &file).unwrap();
    let again = parts(&load(&file).unwrap()[0], &home.join("again")).expect("it is the same");
    assert_eq!(again.to_string(), found.to_string());
    // As `explore --trace` and `diagram` read it.
    assert_eq!(source::find(file.to_str().unwrap(), None, 0).unwrap(), *trace);

    let page = picture::page(&shortest).unwrap();
    assert!(
        page.contains("\"parting\":{\"words\":"),
        "model and node are not side by side"
    );
}
