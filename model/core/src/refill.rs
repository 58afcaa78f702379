//! Refilling a replica that has lost its disk, or has found it damaged: through the log, as a new member joins (Ongaro's
//! thesis, §4.2.1), and not by asking its peers what it had promised (Michael et al. 2017, *Recovering Shared Objects
//! Without Stable Storage*: their answers may be older than what it had told).
//!
//! It begins with an empty disk, as a *learner* with an *incarnation* of its own. A learner takes entries and states, and
//! says how far it is; it neither votes nor campaigns, nor are its copies counted. Its leader, once it is told,
//! appends an entry that names the incarnation. **A learner is a member when that entry is committed in its log**, and what
//! it says from then on waits in the gate until the entry is on its disk.
//!
//! Why that is enough. The entry `E` is younger than the loss. No leader that has `E` in its log ever heard from the old
//! self about `E` or what follows it, and the new self says nothing that counts before `E` is committed. So the
//! *two others* have committed `E`, each with its own disk:
//! - *What the old self had helped to commit* is before `E` in that log, hence by now on three disks.
//! - *What it had voted.* A candidate asks once its own vote is durable. A survivor that had asked in a later epoch than
//!   `E`'s leader is deaf to that leader and did not help to commit `E`. So no vote of the old self, but for itself, is for
//!   a later epoch; and in the epoch itself whoever else had asked has a log that ends before `E`, which
//!   the new self refuses.
//! - *What it had asked for.* Its own log ended before `E`, so whoever has helped to commit `E` refuses it. Whoever had
//!   granted it a vote before was in that epoch when it acknowledged `E`, and the new self is by now, too.
//!
//! So messages need no incarnation but those that a learner sends, and nobody has to know who else is refilled. One
//! replica at a time: a second loss before the first is a member again takes the second of three copies.

use crate::node::Node;
use crate::step::Step;
use crate::{
    Branch, Entry, EntryId, Epoch, HardState, Index, Log, Message, NodeId, Payload, Record, Rules, Standing,
    Store,
};

/// The first record of a replica that begins with an empty disk in the place of a member. `incarnation` is a number
/// that no refill of the partition had before; not 0.
pub fn refill<R: Rules + ?Sized>(rules: &R, incarnation: u64) -> Record {
    let standing = rules.refilled_as(incarnation);
    Record {
        hard: Some(HardState {
            standing,
            ..HardState::default()
        }),
        ..Record::default()
    }
}

/// The standing of a replica in whose log the entries after `known` up to `commit` turn out to be committed.
pub(crate) fn standing_after<R: Rules + ?Sized>(
    rules: &R,
    standing: Standing,
    log: &impl Log,
    known: Index,
    commit: Index,
) -> Standing {
    let Standing::Learner { incarnation } = standing else {
        rules.took(Branch::StandsAsBefore);
        return standing;
    };
    let to = rules.joins_within(commit, log.last().index);
    let after = known.max(log.compacted().index);
    let names_it = |index| {
        log.entry(Index(index))
            .is_some_and(|entry| entry.payload == Payload::Joined { incarnation })
    };
    if (after.next().0..=to.0).any(names_it) {
        rules.took(Branch::BecomesMember);
        return Standing::Member { incarnation };
    }
    rules.took(Branch::StaysLearner);
    standing
}

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// The leader has told that the log is committed up to `commit`. That may make a learner a member.
    pub(crate) fn commit_to(&mut self, commit: Index) {
        let known = self.node.commit;
        self.node.commit = known.max(commit);
        let standing = self.node.hard.standing;
        let now = standing_after(self.rules, standing, &self.node.log, known, self.node.commit);
        if now != standing {
            self.node.hard.standing = now;
            self.persist_hard();
        }
    }

    /// What a follower says that has the leader's log up to `matched`.
    pub(crate) fn acknowledgement(&self, epoch: Epoch, matched: Index) -> Message {
        match self.node.hard.standing {
            Standing::Learner { incarnation } if !self.rules.acknowledges(self.node.hard.standing) => {
                self.rules.took(Branch::LearnedSaid);
                Message::Learned {
                    epoch,
                    incarnation,
                    reached: matched,
                }
            }
            _ => {
                self.rules.took(Branch::AppendedSaid);
                Message::Appended { epoch, matched }
            }
        }
    }

    /// What a follower says that lacks the entry at `prev`. It asserts nothing about the disk, so it need not wait for it.
    pub(crate) fn rejection(&self, epoch: Epoch, prev: Index, hint: EntryId) -> Message {
        match self.node.hard.standing {
            Standing::Learner { incarnation } => {
                self.rules.took(Branch::LackingSaid);
                Message::Lacking {
                    epoch,
                    incarnation,
                    prev,
                    hint,
                }
            }
            _ => {
                self.rules.took(Branch::RejectedSaid);
                Message::Rejected { epoch, prev, hint }
            }
        }
    }

    /// A learner has the leader's log up to `reached`. It may say so late, when it is a member already.
    pub(crate) fn on_learned(&mut self, from: NodeId, incarnation: u64, reached: Index) {
        let Some(place) = self.place_of_follower(from) else {
            return self.rules.took(Branch::LearnedTooLate);
        };
        self.welcome(place, incarnation, reached, reached);
        let copy = self.rules.learners_copy(reached);
        let progress = &mut self.leadership().progress[place];
        progress.matched = progress.matched.max(copy);
        self.advance(place, reached);
        self.maybe_commit();
        self.replicate_to_all();
    }

    /// A learner lacks the entry before an append.
    pub(crate) fn on_lacking(&mut self, from: NodeId, incarnation: u64, prev: Index, hint: EntryId) {
        let Some(place) = self.place_of_follower(from) else {
            return self.rules.took(Branch::LackingTooLate);
        };
        self.welcome(place, incarnation, Index::ZERO, prev);
        self.on_rejected(from, prev, hint);
        self.replicate_to_all();
    }

    /// A learner that the leader was not told of gets the entry that makes it a member, and its window begins anew, at
    /// `at`. One that has got past its entry without it, in a leader's state, gets another.
    fn welcome(&mut self, place: usize, incarnation: u64, reached: Index, at: Index) {
        let last = self.node.log.last().index;
        let compacted = self.node.log.compacted().index;
        let passed = self.rules.passed_over(reached, self.node.commit, compacted);
        let joins = last.next();
        let progress = &mut self.leadership().progress[place];
        if progress.incarnation != incarnation {
            progress.incarnation = incarnation;
            progress.matched = Index::ZERO;
            progress.announced = Index::ZERO;
            progress.next = at.next();
            progress.probing = true;
            progress.spans.clear();
        } else if !progress.is_learner() || !progress.was_sent_state || progress.joins > passed {
            return self.rules.took(Branch::LearnerKnown);
        }
        progress.joins = joins;
        self.rules.took(Branch::LearnerMet);
        self.append_to_log(
            last,
            vec![Entry {
                id: EntryId::new(self.node.epoch(), joins),
                payload: Payload::Joined { incarnation },
            }],
        );
    }
}

impl<L, S> Node<L, S> {
    /// Whether this replica counts, or is being refilled.
    pub fn standing(&self) -> Standing {
        self.hard.standing
    }
}
