//! Who says that it would vote, would.

use super::steps::StepPromise;
use crate::action::Action;
use crate::network::Msg;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{Input, Message};

pub(super) struct PreVoteForetells;

impl StepPromise for PreVoteForetells {
    const NAME: &str = "a pre-vote foretells the vote";
    const WORDS: &str = "a replica that grants a pre-vote would, asked at that moment for its vote in the next epoch, give it";
    const SOURCE: &str = "Ongaro's thesis, §9.6: \"if the candidate's log is sufficiently up-to-date\"";
    const BROKEN: &str =
        "a replica has granted a pre-vote, and would not have given its vote to the campaign that follows";

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
}
