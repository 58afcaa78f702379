//! A leader's side of replication: the window of each follower, and commitment (Raft §5.3 and §5.4.2).
//!
//! ```text
//!   a follower's window (limit 3)
//!        matched                       next
//!           |   span   span     span    |
//!     ------|========|======|===========|- - - - - -   the leader's log
//!      durable there      in flight        not sent
//! ```
//!
//! A new leader does not know where a follower's log agrees with its own: it *probes*, one append at a time, from
//! its own end backwards as the rejections' hints tell. The first success opens the *pipeline*: appends leave
//! without waiting, until the window is full. A rejection closes it again. Heartbeats ask for the last place that was
//! sent up to, so a lost probe is repeated, and a lost span is rejected and found.

use crate::log::last_owned_by;
use crate::node::{Leadership, Node, PendingWrite, Progress, Role, VOTE_QUORUM};
use crate::step::Step;
use crate::{
    Branch, Effect, Entries, EntryId, Index, Limits, Log, Message, NodeId, Outcome, REPLICAS, Reply, Rules,
    Store, Timer,
};

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// The heartbeat timer fired.
    pub(crate) fn heartbeat(&mut self) {
        let Role::Leader(leadership) = &mut self.node.role else {
            return self.rules.took(Branch::HeartbeatTimerLate);
        };
        let allowed = self.node.config.limits.quorum_heartbeats;
        if allowed > 0 {
            // Whoever is cut off from the others is replaced by them, and has only itself to learn that from.
            let heard = |progress: &&Progress| !self.rules.unheard_too_long(progress.unheard, allowed);
            if leadership.progress.iter().filter(heard).count() + 1 < VOTE_QUORUM {
                self.rules.took(Branch::QuorumLost);
                return self.follow(None);
            }
            for progress in &mut leadership.progress {
                progress.unheard = allowed.min(progress.unheard + 1);
            }
        }
        self.wait_for_target();
        let probing = |progress: &&mut Progress| progress.probing;
        for progress in self.leadership().progress.iter_mut().filter(probing) {
            // The probe or its answer may be lost. Asking for the place alone is enough: if it matches, the pipeline
            // opens and the entries follow; and a follower that is down is not sent them again and again.
            progress.spans.clear();
        }
        for place in 0..self.node.config.peers.len() {
            self.append_nothing(place);
        }
        self.ask_for_confirmation();
        self.arm(Timer::Heartbeat);
    }

    /// A follower is durable up to `matched`.
    pub(crate) fn on_appended(&mut self, from: NodeId, matched: Index) {
        let Some(place) = self.place_of_follower(from) else {
            return self.rules.took(Branch::AcknowledgedTooLate);
        };
        let progress = &mut self.leadership().progress[place];
        let tells_of_progress = matched > progress.matched;
        // Below the entry that makes it a member, it may be the one who speaks that lost its disk.
        if matched >= progress.joins {
            progress.matched = progress.matched.max(matched);
        }
        self.hear(place, tells_of_progress);
        self.advance(place, matched);
        self.maybe_commit();
    }

    /// The log of the follower at `place` is equal to the leader's up to `reached`: the window moves on.
    pub(crate) fn advance(&mut self, place: usize, reached: Index) {
        let progress = &mut self.leadership().progress[place];
        progress.spans.retain(|last| *last > reached);
        progress.probing = false;
        progress.next = progress.next.max(reached.next()).max(progress.after_spans());
        self.replicate(place);
    }

    /// A follower lacks the entry before an append.
    pub(crate) fn on_rejected(&mut self, from: NodeId, prev: Index, hint: EntryId) {
        let Some(place) = self.place_of_follower(from) else {
            return self.rules.took(Branch::RejectedTooLate);
        };
        self.hear(place, false);
        let progress = &self.leadership().progress[place];
        // It may come late: it is about a place that is known to match by now, or about an older probe.
        let stale = prev <= progress.matched || (progress.probing && prev != progress.next.previous());
        if stale {
            return self.rules.took(Branch::RejectionStale);
        }
        let agreement = self.highest_agreement(prev, hint);
        let progress = &mut self.leadership().progress[place];
        progress.probing = true;
        progress.spans.clear();
        progress.next = progress.matched.max(agreement).next();
        self.replicate(place);
    }

    /// A follower lets its leader hear from it. Late or not, it says so in this epoch. One that is refilled is no majority
    /// together with its leader, and no reason for that to stay.
    pub(crate) fn hear(&mut self, place: usize, tells_of_progress: bool) {
        let counts = self.rules.counts_as_heard(tells_of_progress);
        let progress = &mut self.leadership().progress[place];
        if counts && !progress.is_learner() {
            progress.unheard = 0;
        }
    }

    /// The highest index at which the follower may agree: what is of a later epoch than its entry there, it lacks.
    fn highest_agreement(&self, prev: Index, hint: EntryId) -> Index {
        last_owned_by(&self.node.log, hint.epoch, hint.index.min(prev.previous()))
    }

    /// Counts durable copies, commits what a majority has, and answers the writes that have reached their level.
    pub(crate) fn maybe_commit(&mut self) {
        let copies = self.node.durable_copies(self.rules);
        let mut sorted = copies.expect("only a leader commits");
        sorted.sort_by(|a, b| b.cmp(a));
        let reached = sorted[self.rules.commit_copies(REPLICAS) - 1];
        let owner = self
            .node
            .log
            .epoch_at(reached)
            .expect("copies are of entries in the log");
        if reached > self.node.commit && self.rules.may_commit(owner, self.node.epoch()) {
            self.rules.took(Branch::Committed);
            self.node.commit = reached;
        }
        self.answer_writes();
        if self.node.config.limits.push_commit {
            self.push_commit();
        }
    }

    /// Sends each follower what its window allows.
    pub(crate) fn replicate_to_all(&mut self) {
        for place in 0..self.node.config.peers.len() {
            self.replicate(place);
        }
    }

    /// Sends what the window allows: one append while probing, else as many as are free.
    fn replicate(&mut self, place: usize) {
        let Limits {
            window,
            append_entries_max,
            append_bytes_max,
            ..
        } = self.node.config.limits;
        loop {
            let last = self.node.log.last().index;
            let progress = &self.leadership().progress[place];
            let window = if progress.probing { 1 } else { window as usize };
            let (next, in_flight) = (progress.next, progress.spans.len());
            if next > last {
                return self.rules.took(Branch::AllSent);
            }
            if !self.rules.window_open(in_flight, window) {
                return self.rules.took(Branch::WindowFull);
            }
            // The follower needs what is no longer there.
            if self.rules.needs_snapshot(next, self.node.log.compacted().index) {
                self.rules.took(Branch::StateNeeded);
                return self.send_snapshot(place);
            }
            let entries = self.node.log.entries_after(
                next.previous(),
                append_entries_max as usize,
                append_bytes_max as usize,
            );
            let span = next.previous().plus(entries.len());
            self.send_append(place, next.previous(), entries.into());
            let progress = &mut self.leadership().progress[place];
            progress.spans.push_back(span);
            if progress.probing {
                return self.rules.took(Branch::Probed);
            }
            progress.next = span.next();
        }
    }

    /// A heartbeat, or a commit that is pushed: an append of nothing at the end of what was sent.
    fn append_nothing(&mut self, place: usize) {
        let prev = self.leadership().progress[place].next.previous();
        self.send_append(place, prev, Entries::default());
    }

    fn send_append(&mut self, place: usize, prev: Index, entries: Entries) {
        let commit = self.node.commit;
        if self.node.config.limits.push_commit {
            let progress = &mut self.leadership().progress[place];
            progress.announced = commit.min(prev.plus(entries.len())).max(progress.announced);
        }
        let owner = self.node.log.epoch_at(prev).expect("what is sent is in the log");
        let message = Message::Append {
            epoch: self.node.epoch(),
            prev: EntryId::new(owner, prev),
            commit,
            entries,
        };
        self.send(self.node.config.peers[place], message);
    }

    /// Tells the followers that have nothing in flight of a commit that they have not heard of. The others hear of
    /// it with their next append, or when what they have in flight is acknowledged.
    fn push_commit(&mut self) {
        for place in 0..self.node.config.peers.len() {
            let commit = self.node.commit;
            let progress = &self.leadership().progress[place];
            let to_hear = commit.min(progress.matched);
            if !progress.probing && progress.spans.is_empty() && progress.announced < to_hear {
                self.rules.took(Branch::CommitPushed);
                self.append_nothing(place);
            }
        }
    }

    /// Answers each write whose outcome is known and whose level is reached.
    pub(crate) fn answer_writes(&mut self) {
        let levels = self
            .node
            .levels(self.rules)
            .expect("only a leader answers writes");
        let epoch = self.node.epoch();
        let (rules, effects, log) = (self.rules, &mut *self.effects, &self.node.log);
        let Role::Leader(leadership) = &mut self.node.role else {
            unreachable!("only a leader answers writes")
        };
        leadership.pending.retain(|write| {
            let level_reached = write.index <= levels.reached_to(rules, write.level);
            // A retry may be told of an entry of an earlier leader.
            let at = || {
                let owner = log.epoch_at(write.index).expect("a pending write is in the log");
                EntryId::new(rules.owner_told(owner, epoch), write.index)
            };
            let reply = match write.outcome {
                Some(Outcome::Done) if level_reached => {
                    rules.took(Branch::WriteAcknowledged);
                    Reply::Written {
                        at: at(),
                        copies: levels.copies_of(write.index),
                    }
                }
                // It promises no copy of anything, and what is applied is final.
                Some(Outcome::Conflict { condition, version }) => {
                    rules.took(Branch::ConflictTold);
                    Reply::Conflict {
                        at: at(),
                        condition,
                        version,
                    }
                }
                Some(Outcome::Done) | None => {
                    rules.took(Branch::WriteWaits);
                    return true;
                }
            };
            effects.push(Effect::Reply {
                request: write.request,
                reply,
            });
            false
        });
    }

    /// A write that was appended waits for its level.
    pub(crate) fn await_level(&mut self, write: PendingWrite) {
        self.leadership().pending.push_back(write);
    }

    /// The follower's place, if this replica leads and so listens to followers.
    pub(crate) fn place_of_follower(&self, from: NodeId) -> Option<usize> {
        if self.node.leads() {
            self.node.config.place_of(from)
        } else {
            None
        }
    }

    pub(crate) fn leadership(&mut self) -> &mut Leadership {
        self.node.leadership().expect("only a leader replicates")
    }
}

impl<L, S> Node<L, S> {
    fn leadership(&mut self) -> Option<&mut Leadership> {
        match &mut self.role {
            Role::Leader(leadership) => Some(leadership),
            _ => None,
        }
    }
}

impl Progress {
    /// Whether the follower has lost its disk and is not known to be a member again.
    pub(crate) fn is_learner(&self) -> bool {
        self.matched < self.joins
    }

    /// The first index that no span in flight covers.
    fn after_spans(&self) -> Index {
        self.spans.back().map_or(Index::ZERO, |last| last.next())
    }
}
