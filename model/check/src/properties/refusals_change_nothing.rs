//! What a replica cannot do, it leaves.

use super::{Property, StepPromise, kept_so_far};
use crate::action::Action;
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::Effect;

pub(super) const PROPERTY: Property = Property {
    name: "refusals change nothing",
    words: "a request that a replica cannot or need not act upon is answered, once, and changes nothing; a late timer and leave to \
            compact a log that has nothing to drop do not even get an answer",
    source: "bounded queues: what is refused must not be kept, and must not be done either",
    holds: |_, state| kept_so_far(state, &PROMISE),
    why,
};

pub(super) const PROMISE: StepPromise = StepPromise {
    name: PROPERTY.name,
    kept,
};

fn kept(_: &System, step: &Step<'_>) -> bool {
    let Action::Idle { node, what } = step.action else {
        return true;
    };
    let is_reply = |effect: &Effect| matches!(effect, Effect::Reply { .. });
    let effects = &step.outcome.effects;
    step.before.replica(*node).digests() == step.outcome.state.replica(*node).digests()
        && effects.iter().all(is_reply)
        && effects.len() == usize::from(what.is_request())
}

fn why(_: &System, state: &State) -> Option<String> {
    let did = "a replica has acted upon what it was to refuse or to leave, or has not answered it once";
    (!kept_so_far(state, &PROMISE)).then(|| did.into())
}
