//! What of a real log a crash may take: records of one partition that are appended and not synced.

use katakv::wal::Appended;
use katakv_core::Epoch;
use std::collections::VecDeque;

/// The records of a partition, since the trace began or the disk was lost.
#[derive(Default)]
pub(super) struct Records {
    /// Oldest first.
    unsynced: VecDeque<Unsynced>,
    /// The last record that no crash can take any more, if there is one; of whichever partition.
    synced: Option<Appended>,
    /// How many no crash can take any more.
    durable: usize,
    /// The epoch that the last of them tells that tells one.
    epoch: Epoch,
}

/// A record that a crash may take.
struct Unsynced {
    place: Appended,
    /// The epoch that it tells, if it tells one.
    epoch: Option<Epoch>,
}

impl Records {
    /// One more.
    pub(super) fn append(&mut self, place: Appended) {
        self.unsynced.push_back(Unsynced { place, epoch: None });
    }

    /// The record that was appended last says which epoch the replica is in.
    pub(super) fn last_tells(&mut self, epoch: Epoch) {
        if let Some(last) = self.unsynced.back_mut() {
            last.epoch = Some(epoch);
        }
    }

    /// No crash takes the oldest `count` any more, or all that there are.
    pub(super) fn survive(&mut self, count: usize) {
        let count = count.min(self.unsynced.len());
        for record in self.unsynced.drain(..count) {
            self.synced = Some(record.place);
            self.durable += 1;
            self.epoch = record.epoch.unwrap_or(self.epoch);
        }
    }

    /// A crash takes what is not synced.
    pub(super) fn lose(&mut self) -> Vec<Appended> {
        self.unsynced.drain(..).map(|record| record.place).collect()
    }

    /// The disk is lost. The first record of a refill is synced when the node opens.
    pub(super) fn refill(&mut self) {
        *self = Records {
            durable: 1,
            ..Records::default()
        };
    }

    /// Another partition is looked at; all before is synced.
    pub(super) fn begin(&mut self) {
        self.survive(usize::MAX);
        *self = Records {
            synced: self.synced,
            ..Records::default()
        };
    }

    /// How many are not synced.
    pub(super) fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// The last one that is.
    pub(super) fn synced(&self) -> Option<Appended> {
        self.synced
    }

    /// How many are, and which epoch they say the replica is in.
    pub(super) fn durable(&self) -> (usize, Epoch) {
        (self.durable, self.epoch)
    }
}
