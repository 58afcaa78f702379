//! Dropping the beginning of the log, and helping along a follower that still needed it (Raft §7).
//!
//! ```text
//!   index   1   2   3   4   5   6   7   8
//!           [ lineage ] |---- entries ---|
//!                   |           |
//!               compacted    applied
//! ```
//!
//! What is dropped leaves its *lineage* behind: which epoch owned which index. Session reads, the checks of an append's
//! `prev` and the hints of rejections ask for nothing else, so they are answered for dropped indexes as before.
//!
//! An entry is dropped when it is applied and the store's own disk has it; of the latter the caller is sure, since only
//! the caller knows when its store is synced. A follower that needs a dropped entry is sent the leader's applied state
//! instead. It persists the state with the lineage as one record, waits for the disk, hands it to its store and
//! acknowledges: a store is never ahead of its log, here neither.

use crate::step::Step;
use crate::{Base, Branch, EntryId, Epoch, Index, Log, Message, NodeId, Rules, Snapshot, Store, Timer};

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// The caller's store is durable up to `to`, so the log need not hold more than the lineage up to there.
    pub(crate) fn compact(&mut self, to: Index) {
        let to = self.rules.compacted_to(to, self.node.applied().index);
        if to <= self.node.log.compacted().index {
            return self.rules.took(Branch::NothingToCompact);
        }
        let lineage = self.rules.lineage_kept(self.node.log.lineage(to));
        self.node.log.rebase(lineage.clone());
        self.persist_base(Base::Compacted(lineage));
    }

    /// The follower at `place` needs an entry that is gone: it is sent the applied state, as its one probe. If that is
    /// lost, a heartbeat asks for the place before it, which lineage still answers, and the state is sent again.
    pub(crate) fn send_snapshot(&mut self, place: usize) {
        let (last, state) = self.node.store.state();
        let (last, state) = (last.index, self.rules.state_sent(state));
        assert!(
            self.node.log.compacted().index <= last && last <= self.node.applied().index,
            "a state is of what is applied, and stands for all that is gone"
        );
        let lineage = self.node.log.lineage(last);
        let snapshot = Snapshot { lineage, state };
        let push_commit = self.node.config.limits.push_commit;
        let progress = &mut self.leadership().progress[place];
        progress.was_sent_state = true;
        progress.probing = true;
        progress.spans.clear();
        progress.spans.push_back(last);
        if push_commit {
            progress.announced = progress.announced.max(last);
        }
        let epoch = self.node.epoch();
        let message = Message::Snapshot { epoch, snapshot };
        self.send(self.node.config.peers[place], message);
    }

    /// The leader of this epoch sends a state in place of entries that it no longer has.
    pub(crate) fn on_snapshot(&mut self, from: NodeId, epoch: Epoch, snapshot: Snapshot) {
        self.follow(Some(from));
        self.arm(Timer::Election);
        let last = snapshot.last();
        if !self.holds_last_of(last) {
            self.rules.took(Branch::StateTaken);
            self.install(snapshot);
        } else {
            self.rules.took(Branch::StateOldNews);
        }
        // A state is of what is applied, hence committed.
        self.commit_to(last.index);
        let answer = self.acknowledgement(epoch, last.index);
        self.send_when_synced(from, answer);
    }

    /// Whether this log has what the state stands for. Then the state is old news, and what follows it in the log stays.
    fn holds_last_of(&self, last: EntryId) -> bool {
        let own = self.node.log.epoch_at(last.index);
        self.rules.holds_snapshot(own, last.epoch)
    }

    /// The log begins anew, after the state; the store gets it when the record is synced.
    fn install(&mut self, snapshot: Snapshot) {
        self.quarantine_for(&snapshot.lineage);
        self.node.log.rebase(snapshot.lineage.clone());
        self.node.staged = Some(snapshot.clone());
        self.persist_base(Base::Installed(snapshot));
    }
}
