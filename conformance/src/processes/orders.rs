//! A trace, read as orders to a network, to processes and to clients.

use super::ways::Way;
use crate::graph::Class;
use katakv_core::{AckLevel, Epoch, Message, NodeId, REPLICAS, Timer};
use katakv_model::{Action, Msg, ReplayError, Start, StoreFate, Trace};
use std::mem::{Discriminant, discriminant};

/// How the trace's replicas are called among the processes: a shift, so that whoever leads already takes the part that fits.
#[derive(Clone, Copy, Debug)]
pub struct Naming(u8);

impl Naming {
    /// The one in which `of_trace` is `process`.
    pub fn with(of_trace: NodeId, process: NodeId) -> Naming {
        let replicas = REPLICAS as u8;
        Naming((process.0 + replicas - of_trace.0) % replicas)
    }

    /// What a replica of the trace is called.
    fn of(self, node: NodeId) -> NodeId {
        NodeId((node.0 + self.0) % REPLICAS as u8)
    }
}

/// Which message is to be let out. It is known by what it is, not by what is in it: what came before the trace has its share
/// in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Between whom.
    pub way: Way,
    kind: Discriminant<Message>,
    with_entries: bool,
    /// The epoch, as the trace counts.
    pub epoch: Epoch,
}

impl Wanted {
    fn of(way: Way, message: &Message) -> Wanted {
        Wanted {
            way,
            kind: discriminant(message),
            with_entries: has_entries(message),
            epoch: message.epoch(),
        }
    }

    /// Whether the message is one of that kind, on that way.
    pub fn is_like(&self, way: Way, message: &Message) -> bool {
        self.way == way && self.kind == discriminant(message) && self.with_entries == has_entries(message)
    }
}

/// Whether it replicates something; a heartbeat does not.
pub fn has_entries(message: &Message) -> bool {
    matches!(message, Message::Append { entries, .. } if !entries.is_empty())
}

/// One order.
#[derive(Clone, Debug)]
pub enum Order {
    /// A message is let out.
    LetOut(Wanted),
    /// A message that was let out comes again.
    Repeat(Wanted),
    /// The replica's election timer is to fire, and what it asks is let through: it campaigns, in this epoch of the trace's
    /// count.
    Campaign(NodeId, Epoch),
    /// The replica's election timer is to fire; whether it is granted anything, the trace says.
    Ask(NodeId),
    /// A client writes so many values, each for itself.
    Write(NodeId, AckLevel, u8),
    /// A client writes under the condition that the key is as it was told last.
    Transact(NodeId, AckLevel),
    /// The numbered write is sent, perhaps again.
    Once(NodeId, AckLevel, u8),
    /// A client registers.
    Register(NodeId),
    /// A client reads, linearizably.
    Read(NodeId),
    /// `kill -9`, and a start; perhaps without the store.
    Kill(NodeId, StoreFate),
    /// `kill -9`, and a start with an empty disk.
    LoseDisk(NodeId),
    /// A stop in good order, which hands over, and a start.
    HandOver(NodeId),
    /// The processes do it on their own, when their time has come; or nobody of them has a part in it.
    Own,
}

/// An order, and who is paused for it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What kind of step of the trace it is.
    pub class: Class,
    /// The order.
    pub order: Order,
    /// Who does nothing from here on: the trace has no step of his for a while.
    pub pauses: Vec<NodeId>,
    /// Who goes on, before the order is given.
    pub resumes: Vec<NodeId>,
}

/// A trace's orders.
pub struct Orders {
    /// One a step.
    pub steps: Vec<Step>,
    /// Whether the trace's replicas ask before they campaign. The processes always do.
    pub asks_first: bool,
    /// Whether the trace says when a leader confirms that it leads.
    pub confirms: bool,
    /// Where it begins.
    pub start: Start,
}

/// For so many steps a replica has to have none before its process is paused meanwhile.
const PAUSED_FOR_MIN: usize = 6;

impl Orders {
    /// Those of `trace`. With `pauses`, who has nothing to do for a while is stopped.
    pub fn of(trace: &Trace, naming: Naming, pauses: bool) -> Result<Orders, ReplayError> {
        let system = trace.system()?;
        let states = trace.replay(&system)?;
        let mut delivered: Vec<(NodeId, NodeId, &Msg)> = Vec::new();
        let mut steps = Vec::new();
        for (place, action) in trace.steps.iter().enumerate() {
            let node = naming.of(action.node());
            let order = match action {
                Action::Deliver {
                    from,
                    to,
                    msg: msg @ Msg::Peer(message),
                } => {
                    let way = Way {
                        from: naming.of(*from),
                        to: node,
                    };
                    let wanted = Wanted::of(way, message);
                    let again = delivered.contains(&(*from, *to, msg));
                    delivered.push((*from, *to, msg));
                    match again {
                        true => Order::Repeat(wanted),
                        false => Order::LetOut(wanted),
                    }
                }
                Action::Timeout {
                    timer: Timer::Election,
                    ..
                } if system.scope.limits.pre_vote => Order::Ask(node),
                Action::Timeout {
                    timer: Timer::Election,
                    ..
                } => Order::Campaign(node, states[place + 1].replica(action.node()).node().epoch()),
                Action::Write { level, count, .. } => Order::Write(node, *level, *count),
                Action::Transact { level, .. } => Order::Transact(node, *level),
                Action::Once { level, write, .. } => Order::Once(node, *level, *write),
                Action::Register { .. } => Order::Register(node),
                Action::Read { .. } => Order::Read(node),
                Action::Crash { store, .. } => Order::Kill(node, *store),
                Action::Lose { .. } => Order::LoseDisk(node),
                Action::Transfer { .. } => Order::HandOver(node),
                // Their disks, their clocks, their heartbeats and when they compact are the processes' own; there is no router among them.
                Action::Sync { .. }
                | Action::Timeout {
                    timer: Timer::Heartbeat,
                    ..
                }
                | Action::Compact { .. }
                | Action::Tick { .. }
                | Action::Expire { .. }
                | Action::Idle { .. }
                | Action::Deliver { .. }
                | Action::Ask { .. }
                | Action::Hear { .. }
                | Action::Forget => Order::Own,
            };
            steps.push(Step {
                class: Class::of(action),
                order,
                pauses: Vec::new(),
                resumes: Vec::new(),
            });
        }
        if pauses {
            pause(&mut steps, trace, naming);
        }
        let confirm = |action: &Action| {
            matches!(
                action,
                Action::Deliver {
                    msg: Msg::Peer(Message::Confirm { .. } | Message::Confirmed { .. }),
                    ..
                }
            )
        };
        Ok(Orders {
            steps,
            asks_first: system.scope.limits.pre_vote,
            confirms: trace.steps.iter().any(confirm),
            start: system.scope.start,
        })
    }

    /// Whose election timer the trace has fire first.
    pub fn first_campaign(trace: &Trace) -> Option<NodeId> {
        trace.steps.iter().find_map(|action| match action {
            Action::Timeout {
                node,
                timer: Timer::Election,
            } => Some(*node),
            _ => None,
        })
    }

    /// Whether somebody loses his disk.
    pub fn loses_disks(trace: &Trace) -> bool {
        trace
            .steps
            .iter()
            .any(|action| matches!(action, Action::Lose { .. }))
    }
}

/// Stops, in each long stretch in which it has no step, the process that has none.
fn pause(steps: &mut [Step], trace: &Trace, naming: Naming) {
    for node in (0..REPLICAS as u8).map(NodeId) {
        let of_node = |(place, action): (usize, &Action)| (action.node() == node).then_some(place);
        let own: Vec<usize> = trace.steps.iter().enumerate().filter_map(of_node).collect();
        let ends = own.iter().skip(1).map(|next| Some(*next)).chain([None]);
        for (from, to) in own.iter().zip(ends) {
            let end = to.unwrap_or(steps.len());
            if end - from <= PAUSED_FOR_MIN {
                continue;
            }
            steps[from + 1].pauses.push(naming.of(node));
            if let Some(to) = to {
                steps[to].resumes.push(naming.of(node));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sentences: &str) -> Trace {
        Trace::from_text(&format!("scope: duplicating\n\n{sentences}")).unwrap()
    }

    /// An election, with a vote that comes twice.
    const ELECTION: &str = "\
        1. n0 hears no leader and campaigns\n\
        2. n0 syncs its oldest un-synced record: epoch 1, vote n0\n\
        3. n0 → n1: asks for a vote in epoch 1; its log is empty\n\
        4. n1 syncs its oldest un-synced record: epoch 1, vote n0\n\
        5. n1 → n0: votes for it in epoch 1\n\
        6. n0 syncs its oldest un-synced record: e1:1 barrier\n\
        7. n0 → n1: asks for a vote in epoch 1; its log is empty\n";

    #[test]
    fn a_trace_is_read_under_other_names() {
        let naming = Naming::with(NodeId(0), NodeId(2));
        let orders = Orders::of(&told(ELECTION), naming, false).unwrap();
        let campaigns = |order: &Order| matches!(order, Order::Campaign(NodeId(2), Epoch(1)));
        assert!(campaigns(&orders.steps[0].order), "{:?}", orders.steps[0]);
        let asked = Way {
            from: NodeId(2),
            to: NodeId(0),
        };
        let is_asked = |order: &Order| matches!(order, Order::LetOut(wanted) if wanted.way == asked);
        assert!(is_asked(&orders.steps[2].order), "{:?}", orders.steps[2]);
        let again = |order: &Order| matches!(order, Order::Repeat(wanted) if wanted.way == asked);
        assert!(again(&orders.steps[6].order), "{:?}", orders.steps[6]);
    }

    #[test]
    fn who_has_no_step_for_a_while_is_paused_until_he_has_one() {
        let sync = |node| Action::Sync { node: NodeId(node) };
        let steps: Vec<Action> = [1, 0, 2, 0, 2, 0, 2, 0, 1].map(sync).into();
        let trace = Trace {
            steps,
            ..told(ELECTION)
        };
        let as_step = |action: &Action| Step {
            class: Class::of(action),
            order: Order::Own,
            pauses: Vec::new(),
            resumes: Vec::new(),
        };
        let mut steps: Vec<Step> = trace.steps.iter().map(as_step).collect();
        pause(&mut steps, &trace, Naming::with(NodeId(1), NodeId(0)));
        assert_eq!(steps[1].pauses, [NodeId(0)]);
        assert_eq!(steps[8].resumes, [NodeId(0)]);
        let others = steps.iter().map(|step| step.pauses.len()).sum::<usize>();
        assert_eq!(others, 1, "n0 and n2 have a step now and then");
    }
}
