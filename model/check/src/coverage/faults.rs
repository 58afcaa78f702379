//! What goes wrong: each fault as it shows in a transition, so that a fault that is only said to be possible is not counted.

use crate::action::{Action, StoreFate};
use crate::network::{Envelope, Msg, NetworkKind};
use crate::state::State;
use crate::witnesses::Step;
use katakv_core::{Epoch, Message, NodeId, Role};

/// Something that goes wrong.
pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) seen: fn(&Step<'_>) -> bool,
}

/// A crash with so many records in flight, of which it keeps so many.
macro_rules! crash {
    ($name:literal, $keep:literal of $of:literal) => {
        fault($name, |step| {
            matches!(
                step.action,
                Action::Crash {
                    keep: $keep,
                    of: $of,
                    ..
                }
            )
        })
    };
}

pub(super) const ALL: &[Fault] = &[
    crash!("a crash with nothing un-synced", 0 of 0),
    crash!("a crash keeps 0 of 1 records", 0 of 1),
    crash!("a crash keeps 1 of 1 records", 1 of 1),
    crash!("a crash keeps 0 of 2 records", 0 of 2),
    crash!("a crash keeps 1 of 2 records", 1 of 2),
    crash!("a crash keeps 2 of 2 records", 2 of 2),
    crash!("a crash keeps 0 of 3 records", 0 of 3),
    crash!("a crash keeps 1 of 3 records", 1 of 3),
    crash!("a crash keeps 2 of 3 records", 2 of 3),
    crash!("a crash keeps 3 of 3 records", 3 of 3),
    fault("a crash keeps the store", |step| {
        store_after_crash(step, StoreFate::Kept)
    }),
    fault("a crash takes the store back", |step| {
        store_after_crash(step, StoreFate::Lost)
    }),
    fault("a connection breaks with messages on it", |step| {
        let is_lost = |envelope: &&Envelope| envelope.to == step.action.node();
        matches!(step.action, Action::Crash { .. })
            && step.before.network.kind() == NetworkKind::Ordered
            && step
                .before
                .network
                .envelopes()
                .iter()
                .any(|envelope| is_lost(&envelope))
    }),
    fault(
        "a message is lost: its receiver goes on to a later epoch without it",
        |step| {
            let (before, after) = (&step.before.network, &step.outcome.state.network);
            let delivered = usize::from(matches!(step.action, Action::Deliver { .. }));
            before.kind() == NetworkKind::Unordered
                && before
                    .envelopes()
                    .iter()
                    .filter(|envelope| !after.envelopes().contains(envelope))
                    .count()
                    > delivered
        },
    ),
    fault("an append overtakes an earlier one", |step| {
        let Action::Deliver { from, to, msg } = step.action else {
            return false;
        };
        let overtaken = |envelope: &Envelope| {
            (envelope.from, envelope.to) == (*from, *to) && is_earlier_append(&envelope.msg, msg)
        };
        step.before.network.envelopes().iter().any(overtaken)
    }),
    fault("a message arrives and stays, to arrive again", |step| {
        let Action::Deliver { from, to, msg } = step.action else {
            return false;
        };
        let stays = |envelope: &Envelope| (envelope.from, envelope.to, &envelope.msg) == (*from, *to, msg);
        step.before.network.kind() == NetworkKind::Duplicating
            && step.outcome.state.network.envelopes().iter().any(stays)
    }),
    fault(
        "a result of an election is heard after that of a later one",
        |step| {
            let latest = step.before.router().and_then(|router| router.directory.elected());
            matches!(step.action, Action::Hear { result }
                if latest.is_some_and(|latest| result.epoch < latest.epoch))
        },
    ),
    fault("a router forgets everything", |step| {
        matches!(step.action, Action::Forget)
    }),
    fault(
        "a replica is cut off: the others commit, and it has heard of no epoch",
        |step| {
            let state = &step.outcome.state;
            let is_cut_off = |node: NodeId| state.replica(node).node().epoch() == Epoch::ZERO;
            let nodes = state.replicas().iter().map(|replica| replica.node());
            nodes.clone().any(|node| is_cut_off(node.id())) && nodes.clone().any(|node| node.commit().0 > 0)
        },
    ),
    fault(
        "a leader is paused: another serves in a later epoch when it acts again",
        |step| {
            let at = step.action.node();
            let leads = |state: &State, node: NodeId| {
                state
                    .replicas()
                    .get(usize::from(node.0))
                    .is_some_and(|replica| matches!(replica.node().role(), Role::Leader(_)))
            };
            leads(step.before, at)
                && step.before.replicas().iter().any(|other| {
                    other.node().serving() && other.node().epoch() > step.before.replica(at).node().epoch()
                })
        },
    ),
];

const fn fault(name: &'static str, seen: fn(&Step<'_>) -> bool) -> Fault {
    Fault { name, seen }
}

fn store_after_crash(step: &Step<'_>, fate: StoreFate) -> bool {
    let Action::Crash { node, store, .. } = step.action else {
        return false;
    };
    // An empty store has nothing to keep or to lose.
    *store == fate && step.before.replica(*node).node().applied().index.0 > 0
}

/// Whether `one` ends before `other`, of the same leader.
fn is_earlier_append(one: &Msg, other: &Msg) -> bool {
    let end = |msg: &Msg| match msg {
        Msg::Peer(Message::Append {
            epoch, prev, entries, ..
        }) => Some((*epoch, prev.index.plus(entries.len()))),
        _ => None,
    };
    matches!((end(one), end(other)), (Some(one), Some(other)) if one.0 == other.0 && one.1 < other.1)
}
