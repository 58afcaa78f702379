//! A leader that hands over keeps still.

use super::{Property, StepPromise, kept_so_far};
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{Log, NodeId};

pub(super) const PROPERTY: Property = Property {
    name: "no write while handing over",
    words: "as long as a leader hands over, nothing is appended to its log: its target has an end to get to",
    source: "Ongaro's thesis, §3.10, step 1",
    holds: |_, state| kept_so_far(state, &PROMISE),
    why,
};

pub(super) const PROMISE: StepPromise = StepPromise {
    name: PROPERTY.name,
    kept,
};

fn kept(_: &System, step: &Step<'_>) -> bool {
    let at = step.action.node();
    if step.before.replicas.get(usize::from(at.0)).is_none() {
        return true;
    }
    let hands_over = |state: &State| state.replica(at).node().handing_over_to().is_some();
    let last = |state: &State, at: NodeId| state.replica(at).node().log().last();
    let (before, after) = (step.before, &step.outcome.state);
    !(hands_over(before) && hands_over(after)) || last(before, at) == last(after, at)
}

fn why(_: &System, state: &State) -> Option<String> {
    let broken = "a leader has appended something while it handed over";
    (!kept_so_far(state, &PROMISE)).then(|| broken.into())
}
