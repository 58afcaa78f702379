//! A leader that hands over keeps still.

use super::steps::StepPromise;
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{Log, NodeId};

pub(super) struct NoWriteWhileHandingOver;

impl StepPromise for NoWriteWhileHandingOver {
    const NAME: &str = "no write while handing over";
    const WORDS: &str =
        "as long as a leader hands over, nothing is appended to its log: its target has an end to get to";
    const SOURCE: &str = "Ongaro's thesis, §3.10, step 1";
    const BROKEN: &str = "a leader has appended something while it handed over";

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
}
