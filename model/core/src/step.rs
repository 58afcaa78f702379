//! The one way in: `step`. Each input is handled in the file of the role or the idea that it belongs to; what
//! they all share is how a step ends, which is here.

use crate::gate::Gated;
use crate::node::{Node, Role};
use crate::{
    Base, Branch, Effect, Entries, Entry, HardState, Index, Input, Log, Message, NodeId, Record, Rules,
    Standing, Store, Tail, Timer,
};

/// One atomic transition of one replica. Deterministic: no clock, no randomness, no IO.
///
/// Effects are appended to `effects` in the order in which they are to be done; at most one of them is a
/// [`Effect::Persist`], and it comes before the messages of the same step.
///
/// # Panics
/// If the caller breaks the contract: a message that [`Node::admits`] refuses, or more records synced than are in
/// flight. Neither can be brought about from outside by a caller that asks `admits` first.
pub fn step<R, L, S>(rules: &R, node: &mut Node<L, S>, input: Input, effects: &mut Vec<Effect>)
where
    R: Rules + ?Sized,
    L: Log,
    S: Store,
{
    let mut step = Step {
        rules,
        node,
        effects,
        record: Record::default(),
        armed: None,
        sends: Vec::new(),
        held: Vec::new(),
    };
    rules.took(Branch::of_input(&input));
    match input {
        // A peer speaks.
        Input::Receive { from, message } => step.receive(from, message),
        // Nothing was heard for a while, or nothing was said.
        Input::Timeout(Timer::Election) => step.hears_no_leader(),
        Input::Timeout(Timer::Heartbeat) => step.heartbeat(),
        // Clients ask.
        Input::Requests(requests) => step.requests(requests),
        // The disk has caught up.
        Input::Synced(count) => step.synced(count),
        // So has the store's.
        Input::Compact { to } => step.compact(to),
        // Somebody else is to lead.
        Input::Transfer { to } => step.transfer(to),
        // Time passes.
        Input::Clock { now_ms } => step.clock(now_ms),
    }
    step.finish();
}

/// A step in progress: the replica, and what it has decided to do so far.
pub(crate) struct Step<'a, R: ?Sized, L, S> {
    pub(crate) rules: &'a R,
    pub(crate) node: &'a mut Node<L, S>,
    pub(crate) effects: &'a mut Vec<Effect>,
    record: Record,
    armed: Option<Timer>,
    sends: Vec<(NodeId, Message)>,
    held: Vec<Gated>,
}

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    fn receive(&mut self, from: NodeId, message: Message) {
        if let Err(violation) = self.node.admits(from, &message) {
            panic!(
                "{message} from {from} must not reach {}: {violation}",
                self.node.id()
            );
        }
        // A higher epoch ends whatever this replica was doing; a lower one is over, and gets silence.
        let is_later = message.epoch() > self.node.epoch();
        if is_later && self.rules.brings_its_epoch(&message) {
            self.rules.took(Branch::HigherEpochHeard);
            self.enter_epoch(message.epoch());
        } else if self.rules.deaf_to(&message, self.node.epoch()) {
            return self.rules.took(Branch::LowerEpochIgnored);
        }
        self.rules.took(Branch::of_message(&message));
        match message {
            Message::RequestVote { last, .. } => self.on_request_vote(from, last),
            Message::Vote { .. } => self.on_vote(from),
            Message::Append {
                epoch,
                prev,
                commit,
                entries,
            } => self.on_append(from, epoch, prev, commit, entries),
            Message::Appended { matched, .. } => self.on_appended(from, matched),
            Message::Learned {
                incarnation, reached, ..
            } => self.on_learned(from, incarnation, reached),
            Message::Lacking {
                incarnation,
                prev,
                hint,
                ..
            } => self.on_lacking(from, incarnation, prev, hint),
            Message::Rejected { prev, hint, .. } => self.on_rejected(from, prev, hint),
            Message::PreVote { last, .. } => self.on_pre_vote(from, last),
            Message::PreVoted { .. } => self.on_pre_voted(from),
            Message::Snapshot { epoch, snapshot } => self.on_snapshot(from, epoch, snapshot),
            Message::Confirm { round, .. } => self.on_confirm(from, round),
            Message::Confirmed { round, .. } => self.on_confirmed(from, round),
            Message::TimeoutNow { .. } => self.on_timeout_now(),
        }
    }

    /// The disk is done with the oldest `count` records: what waited for them may leave, and the leader's own
    /// copies count.
    fn synced(&mut self, count: u32) {
        self.node.gate.synced(count);
        // An own vote that leaves now can end the campaign. What that persists belongs to this step's record.
        self.release();
        if matches!(self.node.role, Role::Leader(_)) {
            self.rules.took(Branch::LeaderSynced);
            self.maybe_commit();
        }
    }

    /// Sends when the step is done; safe to be lost.
    pub(crate) fn send(&mut self, to: NodeId, message: Message) {
        self.sends.push((to, message));
    }

    /// Sends once everything is synced that this replica has appended, this step's record included.
    pub(crate) fn send_when_synced(&mut self, to: NodeId, message: Message) {
        if self.rules.waits_for_sync(&message) {
            self.held.push(Gated::Send { to, message });
        } else {
            self.send(to, message);
        }
    }

    /// Counts the own vote once it is synced.
    pub(crate) fn vote_when_synced(&mut self) {
        self.held.push(Gated::OwnVote {
            epoch: self.node.epoch(),
        });
    }

    /// Starts the one timer anew, when the step is done; the last word counts.
    pub(crate) fn arm(&mut self, timer: Timer) {
        self.armed = Some(timer);
    }

    /// Makes the epoch and vote as they now stand part of this step's record.
    pub(crate) fn persist_hard(&mut self) {
        let hard = self.node.hard;
        self.record.hard = Some(HardState {
            vote: hard.vote.filter(|_| self.rules.persists_vote()),
            ..hard
        });
    }

    /// Ends the log after `after` with `entries`, in memory now and in this step's record.
    pub(crate) fn append_to_log(&mut self, after: Index, entries: Vec<Entry>) {
        assert!(
            self.record.tail.is_none(),
            "a step changes the end of the log once"
        );
        assert!(after >= self.node.commit, "what is committed is never truncated");
        if after < self.node.log.last().index {
            self.rules.took(Branch::LogTruncated);
            self.quarantine_after(after);
            self.node.log.truncate_after(after);
        }
        for entry in &entries {
            self.node.log.append(entry.clone());
        }
        self.record.tail = Some(Tail {
            after,
            entries: Entries::from(entries),
        });
    }

    /// Makes a new beginning of the log part of this step's record.
    pub(crate) fn persist_base(&mut self, base: Base) {
        assert!(
            self.record.base.is_none() && self.record.tail.is_none(),
            "a step changes the log at one end, once"
        );
        self.record.base = Some(base);
        // The entry that made it a member may be among those that go, and its record among those that a crash takes.
        if self.node.hard.standing != Standing::Original {
            self.persist_hard();
        }
    }

    /// Lets out of the gate what may leave.
    fn release(&mut self) {
        let rules = self.rules;
        for gated in self.node.gate.release(|records| rules.gate_opens(records)) {
            match gated {
                Gated::Send { to, message } => {
                    rules.took(Branch::GatedMessageLeaves);
                    self.send(to, message);
                }
                Gated::OwnVote { .. } => {
                    rules.took(Branch::GatedVoteCounts);
                    self.on_vote(self.node.id());
                }
            }
        }
    }

    /// The record goes to the disk first; what was said in this step waits for it or leaves. Only now are the
    /// watermarks true: what this step has truncated is no longer durable, and must not be applied as if it were.
    fn finish(mut self) {
        self.persist();
        self.apply_committed();
        for gated in std::mem::take(&mut self.held) {
            self.node.gate.hold(gated);
        }
        // With nothing in flight the gate is open, and what was just put there leaves at once.
        self.release();
        assert!(self.record.is_empty(), "a step makes one record");
        self.answer_reads();
        self.hand_over();
        self.effects.extend(
            self.sends
                .drain(..)
                .map(|(to, message)| Effect::Send { to, message }),
        );
        self.effects.extend(self.armed.map(Effect::Arm));
        self.node.assert_watermarks();
    }

    fn persist(&mut self) {
        let record = std::mem::take(&mut self.record);
        if record.is_empty() {
            return self.rules.took(Branch::NothingPersisted);
        }
        match (&record.tail, &record.base) {
            (Some(tail), _) => {
                self.rules.took(Branch::TailPersisted);
                self.appended_tail(tail.after, tail.last());
            }
            // Of the log before, what is applied is all that is known to be the same.
            (None, Some(Base::Installed(snapshot))) => {
                self.rules.took(Branch::StatePersisted);
                self.appended_tail(self.node.applied().index, snapshot.last().index);
            }
            (None, Some(Base::Compacted(_)) | None) => {
                self.rules.took(Branch::NoEntryPersisted);
                self.node.gate.appended_hard();
            }
        }
        self.effects.push(Effect::Persist(record));
    }

    fn appended_tail(&mut self, after: Index, last: Index) {
        let durable = self.node.gate.durable();
        let kept = self.rules.durable_after_truncation(durable, after, last);
        self.node.gate.appended_tail(after, last, kept);
    }
}
