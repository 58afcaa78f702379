//! Witnesses of writes that are sent again.

use super::{Step, Witness};
use crate::action::Action;
use crate::state::State;
use katakv_core::{Effect, Reply, Role};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_step(
        "a retry waits for the entry that there is",
        "exactly once",
        |step| {
            let pending = |state: &State| match state.replica(step.action.node()).node().role() {
                Role::Leader(leadership) => leadership.pending.len(),
                _ => 0,
            };
            is_retry(step) && !appends(step) && pending(&step.outcome.state) > pending(step.before)
        },
    ),
    Witness::in_step(
        "a retry is told of an older leader's entry",
        "no false already done",
        |step| {
            let own = || step.outcome.state.replica(step.action.node()).node().epoch();
            is_retry(step)
                && step.replies(|reply| matches!(reply, Reply::Written { at, .. } if at.epoch < own()))
        },
    ),
    Witness::in_step(
        "a retry is told of its conflict",
        "no false already done",
        |step| is_retry(step) && step.replies(|reply| matches!(reply, Reply::Conflict { .. })),
    ),
    Witness::in_step("what was truncated is carried out anew", "exactly once", |step| {
        let acknowledged = |write: &u8| step.before.ledger.acks.iter().any(|ack| ack.write == *write);
        is_retry(step)
            && appends(step)
            && matches!(step.action, Action::Once { write, .. } if acknowledged(write))
    }),
    Witness::in_step("a client is not known any more", "exactly once", |step| {
        is_retry(step) && step.replies(|reply| matches!(reply, Reply::ClientExpired))
    }),
];

/// Whether the client sends a write that it has sent before.
fn is_retry(step: &Step<'_>) -> bool {
    matches!(step.action, Action::Once { write, .. } if usize::from(*write) < step.before.ledger.levels.len())
}

fn appends(step: &Step<'_>) -> bool {
    let tail = |effect: &Effect| matches!(effect, Effect::Persist(record) if record.tail.is_some());
    step.effects().any(tail)
}
