//! Witnesses of logs: that they part, are made equal, and are committed and applied.

use super::{Witness, leaders, nodes};
use crate::action::Action;
use crate::network::Msg;
use katakv_core::{Effect, EntryId, Epoch, Index, Log, Message, Role};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state(
        "a later epoch's leader serves",
        "leader completeness",
        |_, state| nodes(state).any(|node| node.serving() && node.epoch() > Epoch(1)),
    ),
    Witness::in_state("logs disagree", "log matching", |_, state| {
        let last = |place: usize| state.replicas[place].node().log().last();
        let differ = |one: usize, other: usize| {
            let shared = last(one).index.min(last(other).index);
            let epoch_at = |place: usize| state.replicas[place].node().log().epoch_at(shared);
            epoch_at(one) != epoch_at(other)
        };
        differ(0, 1) || differ(0, 2) || differ(1, 2)
    }),
    Witness::in_state(
        "a follower has applied a write",
        "applied agreement",
        |_, state| {
            nodes(state)
                .any(|node| !matches!(node.role(), Role::Leader(_)) && !node.store().data().is_empty())
        },
    ),
    Witness::in_state(
        "an older epoch's entry commits under a barrier",
        "leader completeness",
        |_, state| {
            leaders(state).any(|(node, leadership)| {
                node.commit() >= leadership.barrier
                    && node
                        .log()
                        .epoch_at(Index(1))
                        .is_some_and(|first| first < node.epoch())
            })
        },
    ),
    Witness::in_state("two spans are in flight", "log matching", |_, state| {
        leaders(state).any(|(_, leadership)| {
            leadership
                .progress
                .iter()
                .any(|progress| progress.spans.len() >= 2)
        })
    }),
    Witness::in_step("entries are truncated", "log matching", |step| {
        let last = |entries: Option<EntryId>| entries.unwrap_or(EntryId::ZERO);
        let is_delivery = matches!(step.action, Action::Deliver { .. });
        is_delivery
            && step.effects().any(|effect| match effect {
                Effect::Persist(record) => record.tail.as_ref().is_some_and(|tail| {
                    let node = step.before.replica(step.action.node()).node();
                    tail.after < last(Some(node.log().last())).index
                }),
                _ => false,
            })
    }),
    Witness::in_step("a rejection is answered by a probe", "log matching", |step| {
        let is_rejection = matches!(
            step.action,
            Action::Deliver {
                msg: Msg::Peer(Message::Rejected { .. }),
                ..
            }
        );
        is_rejection && step.sends(|message| matches!(message, Message::Append { .. }))
    }),
    Witness::in_step("a stale candidate is refused", "leader completeness", |step| {
        let Action::Deliver {
            to,
            msg: Msg::Peer(Message::RequestVote { last, epoch }),
            ..
        } = step.action
        else {
            return false;
        };
        let (before, after) = (
            step.before.replica(*to).node(),
            step.outcome.state.replica(*to).node(),
        );
        before.epoch() < *epoch && before.log().last() > *last && after.hard().vote.is_none()
    }),
    Witness::in_step("an append carries two entries", "log matching", |step| {
        step.sends(|message| matches!(message, Message::Append { entries, .. } if entries.len() > 1))
    }),
    Witness::in_step("a commit is pushed", "applied agreement", |step| {
        let is_answer = matches!(
            step.action,
            Action::Deliver {
                msg: Msg::Peer(Message::Appended { .. }),
                ..
            }
        );
        is_answer && step.sends(is_empty_append)
    }),
    Witness::in_step("a heartbeat tells of a commit", "applied agreement", |step| {
        matches!(step.action, Action::Timeout { .. })
            && step.sends(|message| {
                is_empty_append(message) && matches!(message, Message::Append { commit, .. } if commit.0 > 0)
            })
    }),
];

fn is_empty_append(message: &Message) -> bool {
    matches!(message, Message::Append { entries, .. } if entries.is_empty())
}
