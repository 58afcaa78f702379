//! The scope's part of what may come next: how often what may happen, and up to where. Counted from the steps that real nodes
//! have taken; the model's ledger is not looked at.

use katakv_core::{AckLevel, Epoch, NodeId, REPLICAS, Timer};
use katakv_model::{Action, Loss, Scope, Start, StoreFate};

/// A scope, and what is spent of it.
pub(super) struct Budget {
    scope: Scope,
    writes: u8,
    transactions: u8,
    reads: u8,
    crashes: u8,
    heartbeats: u8,
    asks: u8,
    transfers: u8,
    compactions: u8,
    losses: u8,
    /// How often the clock of each node went on: what it shows.
    clocks: [u8; REPLICAS],
    expiries: u8,
}

impl Budget {
    /// Of `scope`, and nothing of it is spent.
    pub(super) fn new(scope: Scope) -> Budget {
        Budget {
            scope,
            writes: 0,
            transactions: 0,
            reads: 0,
            crashes: 0,
            heartbeats: 0,
            asks: 0,
            transfers: 0,
            compactions: 0,
            losses: 0,
            clocks: [0; REPLICAS],
            expiries: 0,
        }
    }

    /// The same, and nothing of it is spent.
    pub(super) fn anew(&self) -> Budget {
        Budget::new(self.scope)
    }

    /// A step was taken.
    pub(super) fn spend(&mut self, action: &Action) {
        match action {
            Action::Write { count, .. } => self.writes += count,
            Action::Transact { .. } => self.transactions += 1,
            Action::Read { .. } => self.reads += 1,
            Action::Crash { .. } => self.crashes += 1,
            Action::Timeout { timer, .. } => match timer {
                Timer::Heartbeat => self.heartbeats += 1,
                Timer::Election => self.asks += 1,
            },
            Action::Transfer { .. } => self.transfers += 1,
            Action::Compact { .. } => self.compactions += 1,
            Action::Lose { .. } => self.losses += 1,
            Action::Tick { node } => self.clocks[usize::from(node.0)] += 1,
            Action::Expire { .. } => self.expiries += 1,
            // Without a bound, or a client's.
            Action::Deliver { .. }
            | Action::Sync { .. }
            | Action::Once { .. }
            | Action::Register { .. }
            | Action::Ask { .. }
            | Action::Idle { .. }
            | Action::Hear { .. }
            | Action::Forget => {}
        }
    }

    /// Whether an armed timer may fire in this epoch.
    pub(super) fn may_fire(&self, timer: Timer, epoch: Epoch) -> bool {
        match timer {
            Timer::Heartbeat => self.heartbeats < self.scope.heartbeats,
            Timer::Election => {
                let may_ask = !self.scope.limits.pre_vote || self.asks < self.scope.asks;
                may_ask && self.may_campaign(epoch)
            }
        }
    }

    fn may_campaign(&self, epoch: Epoch) -> bool {
        epoch.0 < self.scope.epochs
    }

    /// At which levels, if clients may ask for anything that is not numbered.
    pub(super) fn levels(&self) -> &'static [AckLevel] {
        match self.scope.start {
            Start::Registered => &[],
            Start::Fresh | Start::Leading => self.scope.levels,
        }
    }

    /// How many writes may come in one batch.
    pub(super) fn batches(&self) -> impl Iterator<Item = u8> + '_ {
        let left = self.scope.writes.saturating_sub(self.writes);
        let sizes = self.scope.batches.iter().copied();
        sizes.filter(move |count| *count <= left)
    }

    /// Whether a transaction may come.
    pub(super) fn may_transact(&self) -> bool {
        self.transactions < self.scope.transactions
    }

    /// Whether a linearizable read may.
    pub(super) fn may_read(&self) -> bool {
        self.reads < self.scope.reads
    }

    /// What a crash may do to a store, if there may be one.
    pub(super) fn crashes(&self) -> &'static [StoreFate] {
        match self.crashes < self.scope.crashes {
            true => self.scope.stores,
            false => &[],
        }
    }

    /// Whether a leader of this epoch may be asked to hand over.
    pub(super) fn may_transfer(&self, epoch: Epoch) -> bool {
        self.transfers < self.scope.transfers && self.may_campaign(epoch)
    }

    /// Whether a log may be compacted.
    pub(super) fn may_compact(&self) -> bool {
        self.compactions < self.scope.compactions
    }

    /// Whether a clock may go on.
    pub(super) fn may_tick(&self) -> bool {
        self.clocks.iter().sum::<u8>() < self.scope.ticks
    }

    /// What the clock of a leader shows, if the leader may look at it.
    pub(super) fn may_expire(&self, node: NodeId) -> Option<u64> {
        let clock_ms = u64::from(self.clocks[usize::from(node.0)]);
        (self.expiries < self.scope.expiries).then_some(clock_ms)
    }

    /// In which ways a disk may be lost, if one may.
    pub(super) fn losses(&self) -> &'static [Loss] {
        match self.losses < self.scope.losses.0 {
            true => self.scope.losses.1,
            false => &[],
        }
    }

    /// Whether messages of an epoch are dropped that the receiver's disk has passed. Who loses his disk listens to them again, so
    /// not while there may be such a loss.
    pub(super) fn buries(&self) -> bool {
        self.scope.bury_dead && self.losses == self.scope.losses.0
    }
}
