//! Linearizable reads at the leader: ReadIndex (Ongaro's thesis, §6.4).
//!
//! A leader that answered from its own state could have been replaced without knowing it. So it notes how far the log
//! is committed when the read arrives (the *read index*), asks the followers whether they still follow it (a
//! *round*), and answers when one has said so and the read index is applied.
//!
//! An answer to a round is about this moment's epoch, not about a disk, and does not wait in the gate. A
//! later leader needs votes of two of the three, each durable before it was told. One of the two is this leader, or the
//! follower that answered. Had that one voted for a later epoch before the round began, that epoch would be on its disk:
//! no crash takes it back, and it is silent to this leader. What it may forget in a crash, it has told nobody.
//!
//! Rounds are messages of their own. Had appends carried them, each round would put another acknowledgement into the gate
//! of a follower with a slow disk, and reads would wait for that disk.

use crate::node::{Leadership, Role, VOTE_QUORUM};
use crate::step::Step;
use crate::{
    Branch, Bytes, Effect, Index, Log, Message, NodeId, REPLICAS, Reply, RequestId, Rules, Store, Timer,
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A leader's linearizable reads, and the rounds that confirm it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reads {
    /// The last round that was begun; 0 before the first.
    pub round: u64,
    /// The last round that each follower has answered, in the order of `Config::peers`. Kept while reads wait.
    pub echoed: [u64; REPLICAS - 1],
    /// The reads, in the order in which they came.
    pub waiting: VecDeque<WaitingRead>,
}

/// A linearizable read that waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WaitingRead {
    /// Whom to answer.
    pub request: RequestId,
    /// What is read.
    pub key: Bytes,
    /// How far the log was committed when it arrived.
    pub index: Index,
    /// The round that has to confirm it.
    pub round: u64,
}

impl Reads {
    /// The last round that a majority has answered; the leader answers its own at once.
    fn confirmed(&self) -> u64 {
        let mut rounds = [self.round, self.echoed[0], self.echoed[1]];
        rounds.sort_by(|a, b| b.cmp(a));
        rounds[VOTE_QUORUM - 1]
    }
}

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// A linearizable read arrives. Those of one batch share a round, which [`Step::begin_round`] begins.
    pub(crate) fn linearizable_read(&mut self, request: RequestId, key: Bytes) {
        let (commit, leader) = (self.node.commit, self.node.leader());
        let waiting_max = self.node.config.limits.reads_waiting_max as usize;
        let refusal = match &mut self.node.role {
            // Only a leader can know what is committed.
            Role::Follower { .. } | Role::Candidate { .. } | Role::PreCandidate { .. } => {
                self.rules.took(Branch::ReadAtNoLeader);
                Reply::NotLeader { leader }
            }
            // Before its barrier is committed it does not know how far the log is.
            Role::Leader(leadership) if !self.rules.serves_reads(leadership.barrier, commit) => {
                self.rules.took(Branch::ReadBeforeBarrier);
                Reply::NotServing
            }
            Role::Leader(leadership) if leadership.reads.waiting.len() >= waiting_max => {
                self.rules.took(Branch::ReadTooMany);
                Reply::Busy
            }
            Role::Leader(Leadership { reads, .. }) => {
                self.rules.took(Branch::ReadWaits);
                let round = self.rules.read_round(reads.round);
                reads.waiting.push_back(WaitingRead {
                    request,
                    key,
                    index: commit,
                    round,
                });
                return;
            }
        };
        self.reply(request, refusal);
    }

    /// Begins the round that the last read waits for, if it has not begun.
    pub(crate) fn begin_round(&mut self) {
        let Role::Leader(Leadership { reads, .. }) = &mut self.node.role else {
            return self.rules.took(Branch::NoRoundAtNoLeader);
        };
        if let Some(read) = reads.waiting.back()
            && read.round > reads.round
        {
            self.rules.took(Branch::RoundBegun);
            reads.round = read.round;
            self.ask_for_confirmation();
        }
    }

    /// Asks the followers whether they still follow, if a read waits for that. Heartbeats ask again, since a question
    /// or its answer may be lost; to have answered the last round is to have answered those before it.
    pub(crate) fn ask_for_confirmation(&mut self) {
        let epoch = self.node.epoch();
        let reads = &self.leadership().reads;
        let (round, confirmed) = (reads.round, reads.confirmed());
        if reads.waiting.back().is_some_and(|read| read.round > confirmed) {
            for peer in self.node.config.peers {
                self.send(peer, Message::Confirm { epoch, round });
            }
        }
    }

    /// The leader of this epoch asks whether it still leads. A replica of a later epoch has stayed silent.
    pub(crate) fn on_confirm(&mut self, from: NodeId, round: u64) {
        self.follow(Some(from));
        self.arm(Timer::Election);
        // A learner may have voted for a later leader before it lost its disk.
        if !self.rules.confirms(self.node.hard.standing) {
            self.rules.took(Branch::LearnerConfirmsNot);
            return;
        }
        let epoch = self.node.epoch();
        self.send(from, Message::Confirmed { epoch, round });
    }

    /// A follower still follows, since `round` began.
    pub(crate) fn on_confirmed(&mut self, from: NodeId, round: u64) {
        let Some(place) = self.place_of_follower(from) else {
            return self.rules.took(Branch::ConfirmedTooLate);
        };
        self.hear(place, false);
        let reads = &mut self.leadership().reads;
        if !reads.waiting.is_empty() {
            reads.echoed[place] = reads.echoed[place].max(round);
        }
    }

    /// Answers the reads that are confirmed and whose read index is applied. It is called when a step has applied what
    /// it can.
    pub(crate) fn answer_reads(&mut self) {
        let applied = self.node.store.applied();
        let Role::Leader(Leadership { reads, .. }) = &mut self.node.role else {
            return self.rules.took(Branch::NoReadsAtNoLeader);
        };
        let confirmed = reads.confirmed();
        while let Some(read) = reads.waiting.front()
            && read.round <= confirmed
            && self.rules.reads_applied(applied.index, read.index)
        {
            self.rules.took(Branch::ReadConfirmed);
            let read = reads.waiting.pop_front().expect("it is at the front");
            self.effects.push(Effect::Reply {
                request: read.request,
                reply: Reply::value(self.node.store.get(&read.key), applied),
            });
        }
        if reads.waiting.is_empty() {
            // The next read begins a later round than any of these answers.
            reads.echoed = [0; REPLICAS - 1];
        }
    }
}
