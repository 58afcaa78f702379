//! Who says that it would vote, would.

use super::{Property, StepPromise, kept_so_far};
use crate::action::Action;
use crate::network::Msg;
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{Input, Message};

pub(super) const PROPERTY: Property = Property {
    name: "a pre-vote foretells the vote",
    words: "a replica that grants a pre-vote would, asked at that moment for its vote in the next epoch, give it",
    source: "Ongaro's thesis, §9.6: \"if the candidate's log is sufficiently up-to-date\"",
    holds: |_, state| kept_so_far(state, &PROMISE),
    why,
};

pub(super) const PROMISE: StepPromise = StepPromise {
    name: PROPERTY.name,
    kept,
};

fn kept(system: &System, step: &Step<'_>) -> bool {
    let Action::Deliver {
        from,
        to,
        msg: Msg::Peer(Message::PreVote { epoch, last }),
    } = step.action
    else {
        return true;
    };
    if !step.sends(|message| matches!(message, Message::PreVoted { .. })) {
        return true;
    }
    let request = Input::Receive {
        from: *from,
        message: Message::RequestVote {
            epoch: epoch.next(),
            last: *last,
        },
    };
    let asked = step.outcome.state.replica(*to);
    let after = asked.after(system.rules, request, &mut Vec::new());
    after.node().hard().vote == Some(*from)
}

fn why(_: &System, state: &State) -> Option<String> {
    let granted =
        "a replica has granted a pre-vote, and would not have given its vote to the campaign that follows";
    (!kept_so_far(state, &PROMISE)).then(|| granted.into())
}
