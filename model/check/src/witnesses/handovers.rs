//! Witnesses of leaders that hand over.

use super::{Witness, leaders};
use crate::action::Action;
use crate::network::Msg;
use katakv_core::{Effect, Epoch, Message, Reply};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state(
        "a leader that hands over waits for its target",
        "a hand-over is prepared",
        |_, state| {
            leaders(state).any(|(_, leadership)| leadership.transfer.is_some_and(|transfer| !transfer.told))
        },
    ),
    Witness::in_state(
        "an earlier leader's word to campaign is under way",
        "only the leader hands over",
        |_, state| {
            state.network.envelopes().iter().any(|envelope| {
                matches!(&envelope.msg, Msg::Peer(Message::TimeoutNow { epoch })
                    if *epoch < state.replica(envelope.to).node().epoch())
            })
        },
    ),
    Witness::in_step(
        "a write is refused by a leader that hands over",
        "no write while handing over",
        |step| {
            let refuses = |effect: &Effect| {
                matches!(
                    effect,
                    Effect::Reply {
                        reply: Reply::HandingOver { .. },
                        ..
                    }
                )
            };
            step.effects().any(refuses)
        },
    ),
    Witness::in_step(
        "a leader that has given up its transfer appends",
        "no write while handing over",
        |step| {
            let leader = step.before.replicas.get(usize::from(step.action.node().0));
            // Only the first leader was asked.
            let asked = step.before.ledger.transfers > 0
                && leader.is_some_and(|leader| leader.node().epoch() == Epoch(1));
            asked
                && leader.is_some_and(|leader| leader.node().handing_over_to().is_none())
                && matches!(step.action, Action::Write { .. })
                && step.effects().any(|effect| matches!(effect, Effect::Persist(_)))
        },
    ),
];
