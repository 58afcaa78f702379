//! A word that comes late deposes nobody.

use super::steps::StepPromise;
use crate::action::Action;
use crate::network::Msg;
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::Message;

pub(super) struct OnlyALeaderHandsOver;

impl StepPromise for OnlyALeaderHandsOver {
    const NAME: &str = "only the leader hands over";
    const WORDS: &str = "a replica that is told to campaign by the leader of an earlier epoch than its own stays in its epoch";
    const SOURCE: &str = "Raft §5.1: who is behind in epochs is not listened to";
    const BROKEN: &str =
        "a replica has entered a later epoch because the leader of an earlier one told it to campaign";

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
}
