//! What a replica cannot do, it leaves.

use super::steps::StepPromise;
use crate::action::Action;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::Effect;

pub(super) struct RefusalsChangeNothing;

impl StepPromise for RefusalsChangeNothing {
    const NAME: &str = "refusals change nothing";
    const WORDS: &str = "a request that a replica cannot or need not act upon is answered, once, and changes nothing; a late timer and leave to \
            compact a log that has nothing to drop do not even get an answer";
    const SOURCE: &str = "bounded queues: what is refused must not be kept, and must not be done either";
    const BROKEN: &str =
        "a replica has acted upon what it was to refuse or to leave, or has not answered it once";

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
}
