//! A word that comes late deposes nobody.

use super::{Property, StepPromise, kept_so_far};
use crate::action::Action;
use crate::network::Msg;
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::Message;

pub(super) const PROPERTY: Property = Property {
    name: "only the leader hands over",
    words: "a replica that is told to campaign by the leader of an earlier epoch than its own stays in its epoch",
    source: "Raft §5.1: who is behind in epochs is not listened to",
    holds: |_, state| kept_so_far(state, &PROMISE),
    why,
};

pub(super) const PROMISE: StepPromise = StepPromise {
    name: PROPERTY.name,
    kept,
};

fn kept(_: &System, step: &Step<'_>) -> bool {
    let Action::Deliver {
        to,
        msg: Msg::Peer(Message::TimeoutNow { epoch }),
        ..
    } = step.action
    else {
        return true;
    };
    let epoch_in = |state: &State| state.replica(*to).node().epoch();
    epoch_in(step.before) <= *epoch || epoch_in(&step.outcome.state) == epoch_in(step.before)
}

fn why(_: &System, state: &State) -> Option<String> {
    let broken =
        "a replica has entered a later epoch because the leader of an earlier one told it to campaign";
    (!kept_so_far(state, &PROMISE)).then(|| broken.into())
}
