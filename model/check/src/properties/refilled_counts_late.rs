//! Who does not know what he has promised promises nothing.

use super::steps::StepPromise;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::Message;

pub(super) struct RefilledCountsLate;

impl StepPromise for RefilledCountsLate {
    const NAME: &str = "a refilled replica is not counted early";
    const WORDS: &str = "a replica that has lost its disk neither acknowledges entries nor confirms a leader, until the entry that names \
            its incarnation is committed in its log";
    const SOURCE: &str =
        "Ongaro's thesis, §4.2.1; Michael et al. 2017, Recovering Shared Objects Without Stable Storage";
    const BROKEN: &str = "a replica whose disk was lost has acknowledged entries, or confirmed a leader, before it was a member again";

    fn kept(_: &System, step: &Step<'_>) -> bool {
        let lacks = step.outcome.state.ledger.lacks(step.action.node());
        let promises =
            |message: &Message| matches!(message, Message::Appended { .. } | Message::Confirmed { .. });
        !lacks || !step.sends(promises)
    }
}
