//! One replica, replayed: its node, what its disk holds, its timer, and what it has yet to do.

use super::due::Due;
use super::fault::Fault;
use super::store::Rewindable;
use katakv::driver::limits;
use katakv::tap::Sum;
use katakv_core::{
    Effect, EntryId, Image, Input, Log, MemLog, MemStore, Message, Node, NodeId, Record, Recovery, Reply,
    RequestId, Snapshot, Sound, State, Timer, step,
};
use katakv_model::quiet::quietly;
use std::collections::VecDeque;

/// The replica as a record has it when it comes back.
pub(super) type Found = Node<MemLog, MemStore>;
/// The replica as the replay has it.
pub(super) type Replica = Node<MemLog, Rewindable>;

/// One replica of one partition.
pub(super) struct Lane {
    pub(super) node: Replica,
    pub(super) durable: Recovery<MemLog>,
    pub(super) unsynced: VecDeque<Record>,
    armed: Option<Timer>,
    due: Due,
    effects: Vec<Effect>,
}

impl Lane {
    /// The lane of a replica that has come back with `durable`, which led to `effects`.
    pub(super) fn new(node: Replica, durable: Recovery<MemLog>, effects: Vec<Effect>) -> Lane {
        let mut lane = Lane {
            due: Due::of(*node.config()),
            node,
            durable,
            unsynced: VecDeque::new(),
            armed: None,
            effects,
        };
        lane.due.add(&lane.effects);
        lane
    }

    /// Why the replica has to refuse an input, if it has to.
    pub(super) fn refuses(&self, input: &Input) -> Option<Fault> {
        let Input::Receive { from, message } = input else {
            return None;
        };
        let limit = limits::check_message(message).err().map(Fault::from);
        limit.or_else(|| self.node.admits(*from, message).err().map(Fault::from))
    }

    /// The state that an input brings, if the replica will take it in.
    pub(super) fn takes_state<'a>(&self, input: &'a Input) -> Option<&'a Snapshot> {
        let Input::Receive {
            message: Message::Snapshot { epoch, snapshot },
            ..
        } = input
        else {
            return None;
        };
        let last = snapshot.last();
        let is_old = self.node.log().epoch_at(last.index) == Some(last.epoch);
        (*epoch >= self.node.epoch() && !is_old).then_some(snapshot)
    }

    /// What the state holds that the next input brings.
    pub(super) fn knows_state(&self, image: &Image, state: State) {
        if let Image::Named(name) = image {
            let told = self.node.store().told();
            told.borrow_mut().states.insert(*name, state);
        }
    }

    /// Takes the step, in which states of these entries are sent. What it leads to is due.
    pub(super) fn input(&mut self, input: Input, images: &[EntryId]) -> Result<(), Fault> {
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
            Input::Receive { .. }
            | Input::Requests(_)
            | Input::Compact { .. }
            | Input::Transfer { .. }
            | Input::Clock { .. } => {}
        }
        self.effects.clear();
        let told = self.node.store().told();
        told.borrow_mut().images.extend(images);
        let (node, effects) = (&mut self.node, &mut self.effects);
        quietly(|| step(&Sound, node, input, effects)).ok_or(Fault::Assertion)?;
        let told = told.borrow();
        if told.asked_too_much || !told.images.is_empty() {
            return Err(Fault::OutOfPlace(
                "other states are sent than the store has given",
            ));
        }
        self.due.add(&self.effects);
        Ok(())
    }

    /// What the last step led to.
    pub(super) fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// A record was handed to the log.
    pub(super) fn appended(&mut self, record: Sum) -> Result<(), Fault> {
        self.unsynced.push_back(self.due.appended(record)?);
        Ok(())
    }

    /// A message was handed to a link.
    pub(super) fn sent(&mut self, to: NodeId, message: Sum) -> Result<(), Fault> {
        self.due.sent(to, message)
    }

    /// A state was handed to the thread that sends states.
    pub(super) fn state_sent(&mut self, to: NodeId, state: Sum) -> Result<(), Fault> {
        self.due.state_sent(to, state)
    }

    /// Its timer was started anew.
    pub(super) fn armed(&mut self, timer: Timer) -> Result<(), Fault> {
        self.due.armed(timer)?;
        self.armed = Some(timer);
        Ok(())
    }

    /// A client was answered, or its request kept for later.
    pub(super) fn answered(&mut self, request: RequestId, reply: Option<Sum>) -> Result<Reply, Fault> {
        self.due.answered(request, reply)
    }

    /// Everything that was asked for has to be done now.
    pub(super) fn performed(&self) -> Result<(), Fault> {
        self.due
            .first()
            .map_or(Ok(()), |undone| Err(Fault::Undone(undone)))
    }
}
