//! Electing one leader by data freshness (Raft §5.2 and §5.4.1), with durable votes and nobody else's help.
//!
//! A candidate enters the next epoch, votes for itself and asks the others. Everyone votes once per epoch, and only for a log at least as fresh as his own. Two of three elect. A vote is a promise
//! on disk: it counts, and is told, once its record is synced. So does the candidate's own, and its requests wait
//! for it too, because they tell of a log that the same crash could shorten.

use crate::node::{Leadership, Node, Progress, Role, VOTE_QUORUM};
use crate::step::Step;
use crate::{Branch, Effect, Entry, EntryId, Epoch, Expiry, HardState, Index, Log, Message, NodeId, Payload};
use crate::{Reads, Reply, Rules, Store, Timer, Unapplied};
use std::collections::VecDeque;

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// Begins an election in the next epoch.
    pub(crate) fn campaign(&mut self) {
        let own = self.node.id();
        self.enter_epoch(self.node.epoch().next());
        self.node.hard.vote = Some(own);
        self.node.role = Role::Candidate { votes: Vec::new() };
        self.persist_hard();
        self.arm(Timer::Election);
        self.vote_when_synced();
        let request = Message::RequestVote {
            epoch: self.node.epoch(),
            last: self.node.log.last(),
        };
        for peer in self.node.config.peers {
            self.send_when_synced(peer, request.clone());
        }
    }

    /// A candidate of this epoch asks for a vote.
    pub(crate) fn on_request_vote(&mut self, from: NodeId, last: EntryId) {
        // What it has promised in epochs before this one it has forgotten with its disk.
        if !self.rules.votes(self.node.hard.standing) {
            self.rules.took(Branch::LearnerVotesNot);
            return;
        }
        let free = self.rules.may_vote(self.node.hard.vote, from);
        if !free || !self.rules.fresh_enough(last, self.node.log.last()) {
            return self.rules.took(Branch::VoteDenied);
        }
        // Who has voted already and is asked again says it again: the first answer may be lost.
        if self.node.hard.vote != Some(from) {
            self.rules.took(Branch::VoteGiven);
            self.node.hard.vote = Some(from);
            self.persist_hard();
        } else {
            self.rules.took(Branch::VoteRepeated);
        }
        self.arm(Timer::Election);
        self.send_when_synced(
            from,
            Message::Vote {
                epoch: self.node.epoch(),
            },
        );
    }

    /// A durable vote in this epoch, from a peer or from this replica's own disk.
    pub(crate) fn on_vote(&mut self, from: NodeId) {
        // It may come late: the election is won, or another one leads.
        let Role::Candidate { votes } = &mut self.node.role else {
            return self.rules.took(Branch::VoteLate);
        };
        if let Err(place) = votes.binary_search(&from) {
            votes.insert(place, from);
        }
        if votes.len() >= VOTE_QUORUM {
            self.rules.took(Branch::ElectionWon);
            self.lead();
        }
    }

    /// The election is won. The barrier is the first entry of the epoch; what was there before commits with it.
    fn lead(&mut self) {
        let last = self.node.log.last().index;
        let barrier = EntryId::new(self.node.epoch(), last.next());
        let progress = Progress {
            matched: Index::ZERO,
            next: barrier.index,
            probing: true,
            spans: VecDeque::new(),
            announced: Index::ZERO,
            unheard: 0,
            incarnation: 0,
            joins: Index::ZERO,
            was_sent_state: false,
        };
        self.node.role = Role::Leader(Leadership {
            barrier: barrier.index,
            progress: [progress.clone(), progress],
            pending: VecDeque::new(),
            reads: Reads::default(),
            transfer: None,
            unapplied: Unapplied::default(),
            expiry: Expiry::default(),
        });
        self.append_to_log(
            last,
            vec![Entry {
                id: barrier,
                payload: Payload::Barrier,
            }],
        );
        self.arm(Timer::Heartbeat);
        self.replicate_to_all();
    }

    /// A higher epoch begins: no vote is given in it yet, and who led or campaigned no longer does.
    pub(crate) fn enter_epoch(&mut self, epoch: Epoch) {
        self.node.hard = HardState {
            epoch,
            vote: None,
            ..self.node.hard
        };
        if self.rules.persists_heard_epoch() {
            self.persist_hard();
        }
        self.follow(None);
        self.node.gate.forget_before(epoch);
    }

    /// Becomes a follower of `leader`, if it is known. A leader that steps down cannot know what becomes of the
    /// writes that wait: it says so.
    pub(crate) fn follow(&mut self, leader: Option<NodeId>) {
        let epoch = self.node.epoch();
        match std::mem::replace(&mut self.node.role, Role::Follower { leader }) {
            Role::Leader(leadership) => {
                self.rules.took(Branch::LeaderFollows);
                for read in leadership.reads.waiting {
                    self.effects.push(Effect::Reply {
                        request: read.request,
                        reply: Reply::NotLeader { leader },
                    });
                }
                // The epoch of its entries is the one that it led, which is over.
                for write in leadership.pending {
                    let owner = self
                        .node
                        .log
                        .epoch_at(write.index)
                        .expect("a pending write is in the log");
                    let reply = Reply::Unknown {
                        at: EntryId::new(owner, write.index),
                    };
                    self.effects.push(Effect::Reply {
                        request: write.request,
                        reply,
                    });
                }
                self.arm(Timer::Election);
            }
            Role::Candidate { .. } => {
                self.rules.took(Branch::CandidateFollows);
                self.node.gate.forget_campaign();
            }
            Role::PreCandidate { .. } => self.rules.took(Branch::PreCandidateFollows),
            Role::Follower { leader: known } => {
                self.rules.took(Branch::FollowerFollows);
                // One epoch, one leader.
                assert!(
                    known.is_none() || leader.is_none() || known == leader,
                    "two leaders in {epoch}"
                );
            }
        }
    }
}

impl<L, S> Node<L, S> {
    /// Renames the members. The protocol knows no order among them, so a state and its renamings are one.
    pub fn relabel(&mut self, name: impl Fn(NodeId) -> NodeId) {
        self.config.id = name(self.config.id);
        self.config.peers = self.config.peers.map(&name);
        self.hard.vote = self.hard.vote.map(&name);
        self.gate.relabel(&name);
        match &mut self.role {
            Role::Follower { leader } => *leader = leader.map(&name),
            Role::Candidate { votes: named } | Role::PreCandidate { granted: named } => {
                named.iter_mut().for_each(|member| *member = name(*member));
                named.sort();
            }
            Role::Leader(leadership) => {
                if self.config.peers[0] > self.config.peers[1] {
                    leadership.progress.reverse();
                    leadership.reads.echoed.reverse();
                }
                if let Some(transfer) = &mut leadership.transfer {
                    transfer.to = name(transfer.to);
                }
            }
        }
        self.config.peers.sort();
    }
}
