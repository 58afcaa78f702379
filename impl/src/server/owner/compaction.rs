//! Keeping the log short, so that the disk and the memory that it takes are bounded however much is written.
//!
//! Each time that so many bytes of records have been appended, the store is synced, the replicas' logs are compacted up to
//! what it has, but for a little that stays for followers that are a little behind, and a checkpoint takes the place of
//! all records. What a follower needs that is catching up, or is being sent a state, stays as well, but not for ever.
//! What cannot be compacted, because it is not committed, is in the checkpoint: it is bounded by what a
//! replica may have uncommitted, and the larger a checkpoint is, the later comes the next.

use super::Owner;
use super::perform::why_stopped;
use crate::driver::Compaction;
use crate::server::error::ServeError;
use katakv_core::{Input, PARTITIONS};

/// What part of the bytes between two checkpoints each partition's log keeps: all of them together, a sixteenth.
const KEPT_PART: u64 = 16 * PARTITIONS as u64;

/// How many times the bytes between two checkpoints the logs may hold for followers that are catching up. Past it, their
/// entries go, and they are sent the state once more.
const HELD_MAX: u64 = 4;

/// When it is time.
#[derive(Debug)]
pub(super) struct Pace {
    /// How many bytes there are between two checkpoints.
    every: u64,
    /// How many have been appended since the last one.
    appended: u64,
    /// How many the last one took.
    checkpoint: u64,
    /// A compaction that waits for the store.
    begun: Option<Compaction>,
}

impl Pace {
    /// The log takes `bytes` when the node opens.
    pub(super) fn new(every: u64, bytes: u64) -> Pace {
        Pace {
            every,
            appended: bytes,
            checkpoint: 0,
            begun: None,
        }
    }

    /// These go to the log.
    pub(super) fn appended(&mut self, records: &[(u8, Vec<u8>)]) {
        self.appended += bytes(records);
    }

    fn is_due(&self) -> bool {
        self.begun.is_none() && self.appended >= self.every.max(2 * self.checkpoint)
    }
}

impl Owner {
    /// Begins a compaction if one is due, and ends it when the store is synced.
    pub(super) fn compact(&mut self) -> Result<(), ServeError> {
        if self.compaction.is_due() {
            self.compaction.begun = Some(self.driver.begin_compaction());
        }
        let Some(compaction) = &self.compaction.begun else {
            return Ok(());
        };
        let kept_bytes = usize::try_from(self.compaction.every / KEPT_PART).unwrap_or(usize::MAX);
        // What is needed soon stays, unless that has gone on for too long.
        let holds = self.compaction.checkpoint < HELD_MAX * self.compaction.every;
        let needed = |partition| {
            let followers = self.driver.needed_by_followers(partition);
            let states = self.states.under_way.oldest(partition);
            followers.into_iter().chain(states).min().filter(|_| holds)
        };
        let Some(compactable) = self.driver.compactable(compaction, kept_bytes, needed) else {
            return Ok(());
        };
        let compaction = self.compaction.begun.take().expect("it was just looked at");
        for (partition, to) in compactable {
            self.handle(partition, Input::Compact { to })?;
        }
        self.perform()?;
        // If there is none now, the next turn begins anew.
        let Some(records) = self.driver.checkpoint(&compaction) else {
            return Ok(());
        };
        self.compaction.checkpoint = bytes(&records);
        self.compaction.appended = self.compaction.checkpoint;
        self.wal
            .checkpoint(records)
            .map_err(|error| why_stopped(&self.events, error))
    }
}

fn bytes(records: &[(u8, Vec<u8>)]) -> u64 {
    records.iter().map(|(_, record)| record.len() as u64).sum()
}
