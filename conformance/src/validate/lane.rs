//! One replica, replayed: its node, what its disk holds, its timer, and what it has yet to do.

use super::promises::Broken;
use katakv::driver::limits::{self, LimitError};
use katakv::tap::{Sum, TapError};
use katakv_core::{
    Effect, Entries, EntryId, HardState, Image, Input, Log, MemLog, MemStore, Message, Node, NodeId, Record,
    RecoverError, Recovery, Reply, RequestId, Role, Sound, State, Timer, Violation, step,
};
use katakv_model::quiet::quietly;
use std::collections::VecDeque;

/// The replica as the replay has it.
pub(super) type Replica = Node<MemLog, MemStore>;

/// What is wrong with an event.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The tap cannot be read on.
    #[error(transparent)]
    Tap(#[from] TapError),
    /// An event where it cannot be.
    #[error("out of place: {0}")]
    OutOfPlace(&'static str),
    /// A replica came back with a state that its records do not lead to.
    #[error("it came back with a state that its disk did not hold: {0}")]
    CameBack(String),
    /// The disk's records do not fold.
    #[error("its records contradict each other: {0}")]
    Records(#[from] RecoverError),
    /// It was given what no honest peer says, and did not refuse it.
    #[error("it took a message that it has to refuse: {0}")]
    Violation(#[from] Violation),
    /// It was given a message that is too large, and did not refuse it.
    #[error("it took a message that it has to refuse: {0}")]
    Limit(#[from] LimitError),
    /// It refused a message that is in order.
    #[error("it refused a message that is in order")]
    Refused,
    /// A timer fired that was not armed.
    #[error("{fired:?} fired, but {}", armed.map_or("no timer was armed".into(), |armed| format!("{armed:?} was armed")))]
    NotArmed {
        /// Which.
        fired: Timer,
        /// The one that was, if one was.
        armed: Option<Timer>,
    },
    /// More records were reported durable than were in flight.
    #[error("{synced} records are reported durable, but {in_flight} are in flight")]
    NotInFlight {
        /// How many were reported.
        synced: u32,
        /// How many there were.
        in_flight: usize,
    },
    /// The protocol asserts against this input.
    #[error("the protocol fails an assertion: the input cannot follow what came before it")]
    Assertion,
    /// It did something that was not due, or something else than what was.
    #[error("it {did}, but {}", due.as_deref().map_or("nothing of the kind was due".into(), |due| format!("due was {due}")))]
    NotDue {
        /// What it did.
        did: String,
        /// What was due.
        due: Option<String>,
    },
    /// It went on without doing what was due.
    #[error("it did not do what was due: {0}")]
    Undone(String),
    /// Its peer has not sent that.
    #[error("it received what its peer never sent")]
    NeverSent,
    /// Its peer has sent that only after it was received.
    #[error("it received what its peer sent only later, as a consequence of it")]
    SentLater,
    /// The cluster as a whole breaks a promise.
    #[error("{0}")]
    Broken(#[from] Broken),
}

/// What a replica was asked to do and has not done. By kind, since the node does things of one kind in order.
#[derive(Default)]
pub(super) struct Due {
    records: VecDeque<(Sum, Record)>,
    sends: [VecDeque<(Sum, Message)>; 3],
    arms: VecDeque<Timer>,
    pub(super) replies: VecDeque<(RequestId, Reply)>,
}

impl Due {
    /// Something that is not done yet, in words.
    fn first(&self) -> Option<String> {
        let record = self
            .records
            .front()
            .map(|(_, record)| format!("append {record:?}"));
        let send = self
            .sends
            .iter()
            .flatten()
            .map(|(_, message)| format!("send {message}"));
        let arm = self.arms.front().map(|timer| format!("arm {timer:?}"));
        let reply = self
            .replies
            .front()
            .map(|(id, reply)| format!("answer request {} with {reply:?}", id.0));
        record.into_iter().chain(arm).chain(send).chain(reply).next()
    }
}

/// One replica of one partition.
pub(super) struct Lane {
    pub(super) node: Replica,
    durable: Recovery<MemLog>,
    unsynced: VecDeque<Record>,
    armed: Option<Timer>,
    pub(super) due: Due,
    scratch: Vec<u8>,
    effects: Vec<Effect>,
}

impl Lane {
    /// A replica that was not recorded before is taken as it says it is, so far as recovery can lead to it.
    pub(super) fn first(found: Replica) -> Result<Lane, Fault> {
        Lane::recover(as_found(&found)?, &found)
    }

    /// The replica comes back. With `gap`, records may have reached its disk that nobody recorded.
    pub(super) fn restart(self, found: Replica, gap: bool) -> Result<Lane, Fault> {
        // A crash keeps some of the records that were not synced, the oldest ones; a stop in good order keeps all.
        let mut recovery = self.durable.clone();
        let mut kept = is_found(&recovery, &found).then_some(0);
        for (place, record) in self.unsynced.iter().enumerate() {
            recovery.push(record.clone())?;
            if is_found(&recovery, &found) {
                kept = Some(place + 1);
            }
        }
        let durable = match kept {
            Some(kept) => {
                let mut durable = self.durable;
                for record in self.unsynced.into_iter().take(kept) {
                    durable.push(record)?;
                }
                durable
            }
            None if gap => {
                self.durable_survives(&found)?;
                as_found(&found)?
            }
            None => {
                let (hard, log) = (found.hard(), found.log().last());
                return Err(Fault::CameBack(format!("{hard:?} and a log up to {log}")));
            }
        };
        Lane::recover(durable, &found)
    }

    /// What survives even if later records are not known: the epoch does not go back, a vote stays in its epoch, and what
    /// was applied is there.
    fn durable_survives(&self, found: &Replica) -> Result<(), Fault> {
        let (HardState { epoch, vote, .. }, _) = self.durable.state();
        let now = found.hard();
        let applied = self.node.applied();
        let lost = if now.epoch < epoch {
            Some(format!("{epoch} was durable, now it is in {}", now.epoch))
        } else if now.epoch == epoch && vote.is_some() && now.vote != vote {
            Some(format!(
                "its vote in {epoch} was for {vote:?}, now it is {:?}",
                now.vote
            ))
        } else if found.log().epoch_at(applied.index) != Some(applied.epoch) {
            Some(format!("it had applied {applied}, which its log does not hold"))
        } else {
            None
        };
        lost.map_or(Ok(()), |lost| Err(Fault::CameBack(lost)))
    }

    fn recover(durable: Recovery<MemLog>, found: &Replica) -> Result<Lane, Fault> {
        let store = store_of(found)?;
        let mut effects = Vec::new();
        let node = durable
            .clone()
            .finish(&Sound, *found.config(), store.clone(), &mut effects)?;
        if node != found.to_mem(store, Image::clone) {
            return Err(Fault::CameBack("not what recovery makes of its records".into()));
        }
        let mut lane = Lane {
            node,
            durable,
            unsynced: VecDeque::new(),
            armed: None,
            due: Due::default(),
            scratch: Vec::new(),
            effects: Vec::new(),
        };
        lane.effects = effects;
        lane.take_in_effects();
        Ok(lane)
    }

    /// Why the replica has to refuse an input, if it has to.
    pub(super) fn refuses(&self, input: &Input) -> Option<Fault> {
        let Input::Receive { from, message } = input else {
            return None;
        };
        let limit = limits::check_message(message).err().map(Fault::from);
        limit.or_else(|| self.node.admits(*from, message).err().map(Fault::from))
    }

    /// Takes the step. What it leads to is due, and returned.
    pub(super) fn input(&mut self, input: Input) -> Result<&[Effect], Fault> {
        match &input {
            Input::Timeout(fired) => {
                let armed = self.armed.take();
                if armed != Some(*fired) {
                    return Err(Fault::NotArmed { fired: *fired, armed });
                }
            }
            Input::Synced(count) => {
                let (synced, in_flight) = (*count, self.unsynced.len());
                if synced as usize > in_flight || synced > self.node.records_in_flight() {
                    return Err(Fault::NotInFlight { synced, in_flight });
                }
                for record in self.unsynced.drain(..synced as usize) {
                    self.durable.push(record)?;
                }
            }
            Input::Receive { .. } | Input::Requests(_) | Input::Compact { .. } | Input::Transfer { .. } => {}
        }
        self.effects.clear();
        let (node, effects) = (&mut self.node, &mut self.effects);
        quietly(|| step(&Sound, node, input, effects)).ok_or(Fault::Assertion)?;
        self.take_in_effects();
        Ok(&self.effects)
    }

    fn take_in_effects(&mut self) {
        for effect in &self.effects {
            match effect {
                Effect::Persist(record) => {
                    let sum = Sum::of(record, &mut self.scratch);
                    self.due.records.push_back((sum, record.clone()));
                }
                Effect::Send { to, message } => {
                    let sum = Sum::of(message, &mut self.scratch);
                    self.due.sends[usize::from(to.0)].push_back((sum, message.clone()));
                }
                Effect::Reply { request, reply } => self.due.replies.push_back((*request, reply.clone())),
                Effect::Arm(timer) => self.due.arms.push_back(*timer),
            }
        }
    }

    /// A record was handed to the log.
    pub(super) fn appended(&mut self, record: Sum) -> Result<(), Fault> {
        let did = || format!("appended {record}");
        match self.due.records.pop_front() {
            Some((sum, due)) if sum == record => self.unsynced.push_back(due),
            Some((_, due)) => return Err(not_due(did(), Some(format!("{due:?}")))),
            None => return Err(not_due(did(), None)),
        }
        Ok(())
    }

    /// A message was handed to a link.
    pub(super) fn sent(&mut self, to: NodeId, message: Sum) -> Result<(), Fault> {
        let did = || format!("sent {message} to {to}");
        let Some(sends) = self.due.sends.get_mut(usize::from(to.0)) else {
            return Err(not_due(did(), None));
        };
        match sends.pop_front() {
            Some((sum, _)) if sum == message => Ok(()),
            Some((_, due)) => Err(not_due(did(), Some(due.to_string()))),
            None => Err(not_due(did(), None)),
        }
    }

    /// Its timer was started anew.
    pub(super) fn armed(&mut self, timer: Timer) -> Result<(), Fault> {
        match self.due.arms.pop_front() {
            Some(due) if due == timer => self.armed = Some(timer),
            due => {
                let due = due.map(|due| format!("{due:?}"));
                return Err(not_due(format!("armed {timer:?}"), due));
            }
        }
        Ok(())
    }

    /// A client was answered, or its read kept for later.
    pub(super) fn answered(&mut self, request: RequestId, reply: Option<Sum>) -> Result<Reply, Fault> {
        let did = || match reply {
            Some(reply) => format!("answered request {} with {reply}", request.0),
            None => format!("kept request {} for later", request.0),
        };
        let Some(place) = self.due.replies.iter().position(|(id, _)| *id == request) else {
            return Err(not_due(did(), None));
        };
        let (_, due) = self.due.replies.remove(place).expect("it was just found");
        let fits = match reply {
            Some(sum) => Sum::of(&due, &mut self.scratch) == sum,
            None => matches!(due, Reply::NotCaughtUp { .. }),
        };
        if fits {
            Ok(due)
        } else {
            Err(not_due(did(), Some(format!("{due:?}"))))
        }
    }

    /// Everything that was asked for has to be done now.
    pub(super) fn performed(&self) -> Result<(), Fault> {
        self.due
            .first()
            .map_or(Ok(()), |undone| Err(Fault::Undone(undone)))
    }
}

fn not_due(did: String, due: Option<String>) -> Fault {
    Fault::NotDue { did, due }
}

/// The store of a replica that came back. A tap leaves its data out if the log has all of it: then it is what the protocol
/// itself makes of the log, told by a leader how far that is committed.
fn store_of(found: &Replica) -> Result<MemStore, Fault> {
    let applied = found.applied();
    if found.log().compacted() != EntryId::ZERO || applied == EntryId::ZERO {
        return Ok(found.store().clone());
    }
    let mut effects = Vec::new();
    let quarantine = found.store().in_quarantine().to_vec();
    let store = MemStore::new(EntryId::ZERO, State::default(), quarantine);
    let mut node = as_found(found)?.finish(&Sound, *found.config(), store, &mut effects)?;
    let (from, message) = (
        found.config().peers[0],
        Message::Append {
            epoch: found.epoch(),
            prev: applied,
            commit: applied.index,
            entries: Entries::default(),
        },
    );
    node.admits(from, &message)?;
    step(&Sound, &mut node, Input::Receive { from, message }, &mut effects);
    match node.applied() == applied {
        true => Ok(node.store().clone()),
        false => Err(Fault::CameBack(format!(
            "its store has applied {applied}, which its log does not hold"
        ))),
    }
}

/// What the disk must hold for a replica to come back as it was found.
fn as_found(found: &Replica) -> Result<Recovery<MemLog>, Fault> {
    if !matches!(found.role(), Role::Follower { leader: None }) {
        return Err(Fault::CameBack("a replica comes back as a follower".into()));
    }
    let mut recovery = Recovery::new(found.log().clone(), found.config().limits.quarantine);
    recovery.push(Record {
        hard: Some(found.hard()),
        ..Record::default()
    })?;
    Ok(recovery)
}

fn is_found(recovery: &Recovery<MemLog>, found: &Replica) -> bool {
    let (hard, log) = recovery.state();
    // The whole log is compared only where it ends alike.
    hard == found.hard() && log.last() == found.log().last() && log == found.log()
}
