//! Witnesses of elections: who leads, who asks before he campaigns, who steps down.

use super::{Witness, leaders, nodes};
use crate::action::Action;
use crate::network::Msg;
use katakv_core::{Epoch, MemLog, MemStore, Message, Node, Role};

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state("a leader serves", "election safety", |_, state| {
        nodes(state).any(|node| node.serving())
    }),
    Witness::in_state(
        "two leaders of different epochs",
        "election safety",
        |_, state| leaders(state).count() == 2,
    ),
    Witness::in_state(
        "a replica asks while the others have a leader",
        "a heard leader stays",
        |_, state| {
            let asks = |node: &&Node<MemLog, MemStore>| matches!(node.role(), Role::PreCandidate { .. });
            nodes(state).find(asks).is_some_and(|asking| {
                let mut others = nodes(state).filter(|node| node.id() != asking.id());
                leaders(state).any(|(leader, _)| {
                    others.all(|node| node.epoch() == leader.epoch() && node.leader() == Some(leader.id()))
                })
            })
        },
    ),
    Witness::in_state(
        "an idle leader that is heard outlives its heartbeats",
        "a heard leader stays",
        |system, state| {
            let allowed = system.scope.limits.quorum_heartbeats;
            let idle = state.ledger.levels.is_empty();
            let outlived = allowed > 0 && u32::from(state.ledger.heartbeats) > allowed && idle;
            // One leader of one epoch has sent them all.
            outlived && leaders(state).any(|(node, _)| node.epoch() == Epoch(1))
        },
    ),
    Witness::in_step("a replica that has voted crashes", "election safety", |step| {
        matches!(step.action, Action::Crash { node, .. }
            if step.before.replica(*node).node().hard().vote.is_some_and(|vote| vote != *node))
    }),
    Witness::in_step(
        "a pre-vote leads to a campaign",
        "a pre-vote foretells the vote",
        |step| {
            let is_grant = matches!(
                step.action,
                Action::Deliver {
                    msg: Msg::Peer(Message::PreVoted { .. }),
                    ..
                }
            );
            is_grant && matches!(step.roles(), Some((_, Role::Candidate { .. })))
        },
    ),
    Witness::in_step(
        "a replica that asks hears its leader",
        "a heard leader stays",
        |step| {
            matches!(step.action, Action::Deliver { .. })
                && matches!(
                    step.roles(),
                    Some((Role::PreCandidate { .. }, Role::Follower { leader: Some(_) }))
                )
        },
    ),
    Witness::in_step(
        "a leader that hears nobody steps down",
        "a heard leader stays",
        |step| {
            matches!(step.action, Action::Timeout { .. })
                && matches!(step.roles(), Some((Role::Leader(_), after)) if !matches!(after, Role::Leader(_)))
        },
    ),
    Witness::in_step("a deposed leader learns of it", "election safety", |step| {
        let at = step.action.node();
        step.before
            .replicas
            .get(usize::from(at.0))
            .is_some_and(|replica| {
                matches!(replica.node().role(), Role::Leader(_))
                    && step.outcome.state.replica(at).node().epoch() > replica.node().epoch()
            })
    }),
];
