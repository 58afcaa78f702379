//! Who is told to campaign can be elected, and nobody's write is left behind.

use super::steps::StepPromise;
use crate::state::State;
use crate::system::{MEMBERS, System};
use crate::witnesses::Step;
use katakv_core::{Effect, Log, Message, NodeId, Role};

pub(super) struct HandoverPrepared;

impl StepPromise for HandoverPrepared {
    const NAME: &str = "a hand-over is prepared";
    const WORDS: &str = "when a leader tells a replica to campaign, that one's synced disk has the leader's whole log, unless it has gone on \
            to a later epoch, and nobody waits at the leader for an acknowledgement";
    const SOURCE: &str = "Ongaro's thesis, §3.10, step 2";
    const BROKEN: &str = "a leader has told a replica to campaign that lacks some of its log, or while somebody still waited for an acknowledgement";

    fn kept(_: &System, step: &Step<'_>) -> bool {
        MEMBERS.into_iter().all(|target| {
            let is_told = step
                .effects()
                .any(|effect| matches!(effect, Effect::Send { to, message: Message::TimeoutNow { .. } } if *to == target));
            !is_told || is_prepared(&step.outcome.state, step.action.node(), target)
        })
    }
}

fn is_prepared(state: &State, leader: NodeId, target: NodeId) -> bool {
    let leader = state.replica(leader).node();
    let disk = state.replica(target).disk();
    let has_all = disk.hard().epoch > leader.epoch() || disk.log().last() == leader.log().last();
    let Role::Leader(leadership) = leader.role() else {
        return false;
    };
    has_all && leadership.pending.is_empty()
}
