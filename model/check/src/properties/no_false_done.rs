//! Nobody is told that a write is done which is not.

use super::entry_at;
use super::exactly_once::origin;
use super::steps::StepPromise;
use crate::scope::Start;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{AckLevel, Effect, EntryId, Reply, RequestId};

pub(super) struct NoFalseDone;

impl StepPromise for NoFalseDone {
    const NAME: &str = "no false already done";
    const WORDS: &str = "whoever asks about a numbered write, the first time or again, and is told of an entry, done or in conflict, is \
            told of that very write: the log of the leader that says so has it there, and at level quorum or all it is \
            committed";
    const SOURCE: &str =
        "RIFL, Lee et al. 2015: a completion record is durable, or gone, together with what it is about";
    const BROKEN: &str = "a leader has told of an entry, as if a client's write had been carried out with it, that is not that write";

    fn kept(system: &System, step: &Step<'_>) -> bool {
        system.scope.start != Start::Registered
            || told(step).all(|(request, at, done)| is_true(step, request, at, done))
    }
}

/// What the step tells of numbered writes: of an entry, and whether that is said to be done.
fn told(step: &Step<'_>) -> impl Iterator<Item = (RequestId, EntryId, bool)> {
    let levels = step.outcome.state.ledger.levels.len() as u64;
    step.effects().filter_map(move |effect| match effect {
        Effect::Reply { request, reply } if request.0 < levels => match reply {
            Reply::Written { at, .. } => Some((*request, *at, true)),
            Reply::Conflict { at, .. } => Some((*request, *at, false)),
            _ => None,
        },
        _ => None,
    })
}

fn is_true(step: &Step<'_>, request: RequestId, at: EntryId, done: bool) -> bool {
    let state = &step.outcome.state;
    let node = state.replica(step.action.node()).node();
    let level = state.ledger.levels[request.0 as usize];
    let committed = at.index <= node.commit();
    let promised_by_the_leader_alone = done && level == AckLevel::Leader;
    let is_it = entry_at(state, node.log(), at.index).is_some_and(|entry| {
        let seq = origin(entry).map(|(_, seq)| seq);
        entry.id == at && seq == Some(request.0 + 1)
    });
    is_it && (committed || promised_by_the_leader_alone)
}
