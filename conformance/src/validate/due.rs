//! What a replica was asked to do and has not done yet.

use super::fault::Fault;
use katakv::tap::Sum;
use katakv_core::{Config, Effect, Message, NodeId, REPLICAS, Record, Reply, RequestId, Timer};
use std::collections::VecDeque;

/// By kind, since the node does things of one kind in order.
pub(super) struct Due {
    config: Config,
    records: VecDeque<(Sum, Record)>,
    /// To each peer, in its place.
    sends: [VecDeque<(Sum, Message)>; REPLICAS - 1],
    states: [VecDeque<(Sum, Message)>; REPLICAS - 1],
    arms: VecDeque<Timer>,
    replies: VecDeque<(RequestId, Reply)>,
    scratch: Vec<u8>,
}

impl Due {
    /// Nothing yet, of this replica.
    pub(super) fn of(config: Config) -> Due {
        Due {
            config,
            records: VecDeque::new(),
            sends: Default::default(),
            states: Default::default(),
            arms: VecDeque::new(),
            replies: VecDeque::new(),
            scratch: Vec::new(),
        }
    }

    /// This is to be done, too.
    pub(super) fn add(&mut self, effects: &[Effect]) {
        let scratch = &mut self.scratch;
        for effect in effects {
            match effect {
                Effect::Persist(record) => {
                    self.records.push_back((Sum::of(record, scratch), record.clone()));
                }
                // A state goes its own way.
                Effect::Send { to, message } => {
                    let (sum, is_state) = sum_of(message, scratch);
                    let queues = if is_state {
                        &mut self.states
                    } else {
                        &mut self.sends
                    };
                    let place = self.config.place_of(*to).expect("a replica sends to its peers");
                    queues[place].push_back((sum, message.clone()));
                }
                Effect::Reply { request, reply } => self.replies.push_back((*request, reply.clone())),
                Effect::Arm(timer) => self.arms.push_back(*timer),
            }
        }
    }

    /// Something that is not done yet, in words. A page of a scan is read beside all that, and may be long in coming.
    pub(super) fn first(&self) -> Option<String> {
        if let Some((_, record)) = self.records.front() {
            return Some(format!("append {record:?}"));
        }
        if let Some(timer) = self.arms.front() {
            return Some(format!("arm {timer:?}"));
        }
        let sends = self.sends.iter().chain(&self.states);
        if let Some((_, message)) = sends.flat_map(VecDeque::front).next() {
            return Some(format!("send {message}"));
        }
        let is_due = |(_, reply): &&(RequestId, Reply)| !matches!(reply, Reply::Page { .. });
        let (id, reply) = self.replies.iter().find(is_due)?;
        Some(format!("answer request {} with {reply:?}", id.0))
    }

    /// A record was handed to the log.
    pub(super) fn appended(&mut self, record: Sum) -> Result<Record, Fault> {
        let did = || format!("appended {record}");
        match self.records.pop_front() {
            Some((sum, due)) if sum == record => Ok(due),
            Some((_, due)) => Err(not_due(did(), Some(format!("{due:?}")))),
            None => Err(not_due(did(), None)),
        }
    }

    /// A message was handed to a link.
    pub(super) fn sent(&mut self, to: NodeId, message: Sum) -> Result<(), Fault> {
        let did = || format!("sent {message} to {to}");
        let place = self.config.place_of(to);
        take(place.map(|place| &mut self.sends[place]), message, did)
    }

    /// A state was handed to the thread that sends states.
    pub(super) fn state_sent(&mut self, to: NodeId, state: Sum) -> Result<(), Fault> {
        let did = || format!("sent a state, {state}, to {to}");
        let place = self.config.place_of(to);
        take(place.map(|place| &mut self.states[place]), state, did)
    }

    /// A timer was started anew.
    pub(super) fn armed(&mut self, timer: Timer) -> Result<(), Fault> {
        match self.arms.pop_front() {
            Some(due) if due == timer => Ok(()),
            due => {
                let due = due.map(|due| format!("{due:?}"));
                Err(not_due(format!("armed {timer:?}"), due))
            }
        }
    }

    /// A client was answered, or its request kept for later.
    pub(super) fn answered(&mut self, request: RequestId, reply: Option<Sum>) -> Result<Reply, Fault> {
        let did = || match reply {
            Some(reply) => format!("answered request {} with {reply}", request.0),
            None => format!("kept request {} for later", request.0),
        };
        let Some(place) = self.replies.iter().position(|(id, _)| *id == request) else {
            return Err(not_due(did(), None));
        };
        let (_, due) = self.replies.remove(place).expect("it was just found");
        let fits = match reply {
            Some(sum) => Sum::of(&due, &mut self.scratch) == sum,
            None => matches!(due, Reply::NotCaughtUp { .. } | Reply::NotYet { .. }),
        };
        if fits {
            Ok(due)
        } else {
            Err(not_due(did(), Some(format!("{due:?}"))))
        }
    }
}

fn take(
    queue: Option<&mut VecDeque<(Sum, Message)>>,
    sent: Sum,
    did: impl Fn() -> String,
) -> Result<(), Fault> {
    match queue.and_then(VecDeque::pop_front) {
        Some((sum, _)) if sum == sent => Ok(()),
        Some((_, due)) => Err(not_due(did(), Some(due.to_string()))),
        None => Err(not_due(did(), None)),
    }
}

fn not_due(did: String, due: Option<String>) -> Fault {
    Fault::NotDue { did, due }
}

/// What a message is known by, on its way; and whether it is a state.
pub(super) fn sum_of(message: &Message, scratch: &mut Vec<u8>) -> (Sum, bool) {
    match message {
        Message::Snapshot { epoch, snapshot } => (Sum::of_state(*epoch, &snapshot.lineage, scratch), true),
        message => (Sum::of(message, scratch), false),
    }
}
