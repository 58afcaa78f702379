//! Who is told to campaign can be elected, and nobody's write is left behind.

use super::{Property, StepPromise, kept_so_far};
use crate::state::State;
use crate::system::{MEMBERS, System};
use crate::witnesses::Step;
use katakv_core::{Effect, Log, Message, NodeId, Role};

pub(super) const PROPERTY: Property = Property {
    name: "a hand-over is prepared",
    words: "when a leader tells a replica to campaign, that one's synced disk has the leader's whole log, unless it has gone on \
            to a later epoch, and nobody waits at the leader for an acknowledgement",
    source: "Ongaro's thesis, §3.10, step 2",
    holds: |_, state| kept_so_far(state, &PROMISE),
    why,
};

pub(super) const PROMISE: StepPromise = StepPromise {
    name: PROPERTY.name,
    kept,
};

fn kept(_: &System, step: &Step<'_>) -> bool {
    MEMBERS.into_iter().all(|target| {
        let is_told = step
            .effects()
            .any(|effect| matches!(effect, Effect::Send { to, message: Message::TimeoutNow { .. } } if *to == target));
        !is_told || is_prepared(&step.outcome.state, step.action.node(), target)
    })
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

fn why(_: &System, state: &State) -> Option<String> {
    let broken = "a leader has told a replica to campaign that lacks some of its log, or while somebody still waited for an acknowledgement";
    (!kept_so_far(state, &PROMISE)).then(|| broken.into())
}
