//! Witnesses of replicas that have lost their disk.

use super::{Step, Witness, leaders};
use crate::action::{Action, Loss};
use crate::network::Msg;
use crate::properties::learner_gets_its_entry;
use crate::state::State;
use katakv_core::{EntryId, Log, Message, Standing};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state(
        "an entry commits on a refilled replica's copy",
        "a refilled replica is not counted early",
        |_, state| {
            leaders(state).any(|(node, leadership)| {
                let rests_on = |place: usize| {
                    let refilled = state.replica(node.config().peers[place]).node().standing();
                    let (copy, other) = (&leadership.progress[place], &leadership.progress[1 - place]);
                    let counted = copy.joins < node.commit() && copy.matched >= node.commit();
                    refilled != Standing::Original && counted && other.matched < node.commit()
                };
                rests_on(0) || rests_on(1)
            })
        },
    ),
    Witness::in_step(
        "a synced record is found damaged",
        "a damaged replica never wins",
        |step| {
            matches!(
                step.action,
                Action::Lose {
                    loss: Loss::Record,
                    ..
                }
            )
        },
    ),
    Witness::in_step(
        "a refilled replica is a member again",
        "a refilled replica is not counted early",
        joins,
    ),
    Witness::in_step(
        "a replica is a member again whose log begins with a leader's state",
        "a refilled replica is not counted early",
        |step| {
            let begins_after = |state: &State| state.replica(step.action.node()).node().log().compacted();
            joins(step) && begins_after(&step.outcome.state) > EntryId::ZERO
        },
    ),
    Witness::in_step(
        "a learner gets past its entry",
        "a learner gets its entry",
        |step| learner_gets_its_entry::passed_over(step).is_some(),
    ),
    Witness::in_step(
        "a refilled replica votes",
        "a refilled replica never votes early",
        |step| {
            matches!(step.standings(), Some((_, Standing::Member { .. })))
                && step.sends(|message| matches!(message, Message::Vote { .. }))
        },
    ),
    Witness::in_step(
        "a learner is asked for its vote",
        "a refilled replica never votes early",
        |step| {
            let asked = matches!(
                step.action,
                Action::Deliver {
                    msg: Msg::Peer(Message::RequestVote { .. }),
                    ..
                }
            );
            asked && matches!(step.standings(), Some((Standing::Learner { .. }, _)))
        },
    ),
    Witness::in_step(
        "what a lost disk had promised arrives late",
        "a refilled replica is not counted early",
        |step| match step.action {
            Action::Deliver {
                from,
                msg: Msg::Peer(Message::Vote { .. } | Message::Appended { .. }),
                ..
            } => step.before.ledger.lacks(*from),
            _ => false,
        },
    ),
];

/// Whether a replica becomes a member again.
fn joins(step: &Step<'_>) -> bool {
    matches!(
        step.standings(),
        Some((Standing::Learner { .. }, Standing::Member { .. }))
    )
}
