//! Who does not know what he has voted gives no vote.

use super::steps::StepPromise;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::Message;

pub(super) struct RefilledVotesLate;

impl StepPromise for RefilledVotesLate {
    const NAME: &str = "a refilled replica never votes early";
    const WORDS: &str = "a replica that has lost its disk neither votes nor foretells a vote, until the entry that names its incarnation is \
            committed in its log";
    const SOURCE: &str =
        "Ongaro's thesis, §4.2.1; Michael et al. 2017, Recovering Shared Objects Without Stable Storage";
    const BROKEN: &str =
        "a replica whose disk was lost has voted, or has foretold a vote, before it was a member again";

    fn kept(_: &System, step: &Step<'_>) -> bool {
        let lacks = step.outcome.state.ledger.lacks(step.action.node());
        !lacks || !step.sends(|message| matches!(message, Message::Vote { .. } | Message::PreVoted { .. }))
    }
}
