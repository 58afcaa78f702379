//! A follower's side of replication (Raft §5.3).

use crate::log::last_owned_by;
use crate::node::{Node, Role};
use crate::step::Step;
use crate::{Branch, Entries, EntryId, Epoch, Index, Log, NodeId, Rules, Store, Timer};

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// The leader of this epoch replicates, or says that it is alive.
    pub(crate) fn on_append(
        &mut self,
        from: NodeId,
        epoch: Epoch,
        prev: EntryId,
        commit: Index,
        entries: Entries,
    ) {
        self.follow(Some(from));
        self.arm(Timer::Election);
        if !self
            .rules
            .matches_prev(self.node.log.epoch_at(prev.index), prev.epoch)
        {
            self.rules.took(Branch::AppendRejected);
            let hint = self.node.highest_agreement(prev);
            let rejection = self.rejection(epoch, prev.index, hint);
            return self.send(from, rejection);
        }
        let known = entries
            .iter()
            .take_while(|entry| self.node.holds(entry.id))
            .count();
        let kept = self.rules.keeps(known);
        if kept < entries.len() {
            self.rules.took(Branch::EntriesTaken);
            self.append_to_log(prev.index.plus(kept), entries[kept..].to_vec());
        }
        // Beyond this append the log may still be that of an older leader.
        let (reached, last) = (prev.index.plus(entries.len()), self.node.log.last().index);
        let commit = self.rules.follower_commit(commit, reached, last);
        self.commit_to(commit);
        let matched = self.rules.equal_to(reached, last);
        let answer = self.acknowledgement(epoch, matched);
        self.send_when_synced(from, answer);
    }
}

impl<L: Log, S: Store> Node<L, S> {
    pub(crate) fn holds(&self, id: EntryId) -> bool {
        self.log.epoch_at(id.index) == Some(id.epoch)
    }

    /// The highest index below the rejected `prev` at which this log may agree with the leader's: above it, epochs
    /// are higher than `prev`'s, and no log that holds `prev` has those before it.
    fn highest_agreement(&self, prev: EntryId) -> EntryId {
        let up_to = self.log.last().index.min(prev.index.previous());
        let index = last_owned_by(&self.log, prev.epoch, up_to);
        EntryId::new(self.log.epoch_at(index).expect("it is in the log"), index)
    }

    /// Whether this replica leads the current epoch.
    pub(crate) fn leads(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }
}
