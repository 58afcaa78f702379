//! Who does not know what he has voted gives no vote.

use super::{Property, StepPromise, kept_so_far};
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::Message;

pub(super) const PROPERTY: Property = Property {
    name: "a refilled replica never votes early",
    words: "a replica that has lost its disk neither votes nor foretells a vote, until the entry that names its incarnation is \
            committed in its log",
    source: "Ongaro's thesis, §4.2.1; Michael et al. 2017, Recovering Shared Objects Without Stable Storage",
    holds: |_, state| kept_so_far(state, &PROMISE),
    why,
};

pub(super) const PROMISE: StepPromise = StepPromise {
    name: PROPERTY.name,
    kept,
};

fn kept(_: &System, step: &Step<'_>) -> bool {
    let lacks = step.outcome.state.ledger.lacks(step.action.node());
    !lacks || !step.sends(|message| matches!(message, Message::Vote { .. } | Message::PreVoted { .. }))
}

fn why(_: &System, state: &State) -> Option<String> {
    let early =
        "a replica whose disk was lost has voted, or has foretold a vote, before it was a member again";
    (!kept_so_far(state, &PROMISE)).then(|| early.into())
}
