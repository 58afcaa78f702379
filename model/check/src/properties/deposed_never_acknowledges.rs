//! A leader that was replaced promises nothing that its successor has not.

use super::steps::StepPromise;
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{AckLevel, Effect, EntryId, Log, MemLog, MemStore, Node, Reply, Role};

pub(super) struct DeposedNeverAcknowledges;

impl StepPromise for DeposedNeverAcknowledges {
    const NAME: &str = "a deposed leader acknowledges nothing lost";
    const WORDS: &str = "when a write is acknowledged at level quorum or all, no replica of a later epoch knows another entry to be committed \
            at its place, and no leader of a later epoch that serves lacks it";
    const SOURCE: &str = "Raft §5.1 and §5.4.3: epochs fence, and a majority that elects shares a replica with one that acknowledges";
    const BROKEN: &str = "a write was acknowledged at quorum by a leader that was replaced, and its successor has committed without it";

    fn kept(_: &System, step: &Step<'_>) -> bool {
        acknowledged(step).all(|at| {
            let mut later = successors(&step.outcome.state, at);
            later.all(|node| node.log().epoch_at(at.index) == Some(at.epoch))
        })
    }
}

/// The writes that the step acknowledges at level quorum or all. Registrations, and what is asked in vain, are not among
/// the scope's writes.
pub(crate) fn acknowledged<'a>(step: &'a Step<'_>) -> impl Iterator<Item = EntryId> + 'a {
    let levels = &step.outcome.state.ledger.levels;
    step.effects().filter_map(move |effect| match effect {
        Effect::Reply {
            request,
            reply: Reply::Written { at, .. },
        } => {
            let level = levels.get(usize::try_from(request.0).ok()?)?;
            (*level != AckLevel::Leader).then_some(*at)
        }
        _ => None,
    })
}

/// Replicas of later epochs that know what is committed at the entry's place, or lead and serve.
pub(crate) fn successors(state: &State, at: EntryId) -> impl Iterator<Item = &Node<MemLog, MemStore>> {
    let nodes = state.replicas.iter().map(|replica| replica.node());
    nodes.filter(move |node| {
        let serves = matches!(node.role(), Role::Leader(_)) && node.serving();
        node.epoch() > at.epoch && (node.commit() >= at.index || serves)
    })
}
