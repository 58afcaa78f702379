//! Keeping the log short, so that the disk and the memory that it takes are bounded however much is written.
//!
//! Each time that so many bytes of records have been appended, the store is synced, the replicas' logs are compacted up to
//! what it has, but for a little that stays for followers that are a little behind, and a checkpoint takes the place of
//! all records. What a follower needs that is catching up, or is being sent a state, stays as well, but not for ever.
//! What cannot be compacted, because it is not committed, is in the checkpoint: it is bounded by what a
//! replica may have uncommitted, and the larger a checkpoint is, the later comes the next.

use super::Owner;
use crate::driver::Compaction;
use crate::server::error::ServeError;
use katakv_core::{Input, PARTITIONS};
use std::sync::{Arc, Mutex, MutexGuard};

/// What part of the bytes between two checkpoints each partition's log keeps: all of them together, a sixteenth.
const KEPT_PART: u64 = 16 * PARTITIONS as u64;

/// How many times the bytes between two checkpoints the logs may hold for followers that are catching up. Past it, their
/// entries go, and they are sent the state once more.
const HELD_MAX: u64 = 4;

/// When it is time. All owners make their checkpoints in the same rounds: the segments of the log are shared, and the oldest one
/// goes when everybody has said again what is in it.
#[derive(Debug)]
pub(super) struct Rounds {
    /// How many owners there are.
    owners: usize,
    /// How many bytes there are between two rounds.
    every: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many rounds have begun.
    round: u64,
    /// How many owners have not made their checkpoint of the last one.
    missing: usize,
    /// How many bytes have been appended since it began, those of its checkpoints among them.
    appended: u64,
    /// How many its checkpoints took, those that are made.
    checkpoints: u64,
    /// How many those of the round before took.
    last_checkpoints: u64,
}

impl Rounds {
    /// The log takes `bytes` when the node opens.
    pub(super) fn new(owners: usize, every: u64, bytes: u64) -> Rounds {
        Rounds {
            owners,
            every,
            state: Mutex::new(State {
                round: 0,
                missing: 0,
                appended: bytes,
                checkpoints: 0,
                last_checkpoints: 0,
            }),
        }
    }

    /// So many bytes go to the log. Returns which round it is.
    fn appended(&self, bytes: u64) -> u64 {
        let mut state = self.lock();
        state.appended += bytes;
        if state.missing == 0 && state.appended >= self.every.max(2 * state.checkpoints) {
            state.round += 1;
            state.missing = self.owners;
            state.appended = 0;
            state.last_checkpoints = std::mem::take(&mut state.checkpoints);
        }
        state.round
    }

    /// An owner has made its checkpoint, of so many bytes.
    fn made(&self, bytes: u64) {
        let mut state = self.lock();
        state.missing -= 1;
        state.appended += bytes;
        state.checkpoints += bytes;
    }

    /// Whether the logs may hold what is needed soon; it does not go on for ever.
    fn holds(&self) -> bool {
        self.lock().last_checkpoints < HELD_MAX * self.every
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("nothing panics while it holds the rounds")
    }
}

/// How far one owner is.
#[derive(Debug)]
pub(super) struct Pace {
    rounds: Arc<Rounds>,
    /// How many rounds it has taken part in.
    round: u64,
    /// Bytes that it has appended and not told of.
    appended: u64,
    /// A compaction that waits for the store.
    begun: Option<Compaction>,
}

impl Pace {
    pub(super) fn new(rounds: Arc<Rounds>) -> Pace {
        Pace {
            rounds,
            round: 0,
            appended: 0,
            begun: None,
        }
    }

    /// These go to the log.
    pub(super) fn appended(&mut self, records: &[(u8, Vec<u8>)]) {
        self.appended += bytes(records);
    }

    /// Whether a round has begun that this owner takes part in now.
    fn is_due(&mut self) -> bool {
        let round = self.rounds.appended(std::mem::take(&mut self.appended));
        std::mem::replace(&mut self.round, round) != round
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
        let every = self.compaction.rounds.every;
        let kept_bytes = usize::try_from(every / KEPT_PART).unwrap_or(usize::MAX);
        // What is needed soon stays, unless that has gone on for too long.
        let holds = self.compaction.rounds.holds();
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
        // If there is none now, it begins anew.
        let Some(records) = self.driver.checkpoint(&compaction) else {
            self.compaction.begun = Some(self.driver.begin_compaction());
            return Ok(());
        };
        self.compaction.rounds.made(bytes(&records));
        Ok(self.wal.checkpoint(self.place, records)?)
    }
}

fn bytes(records: &[(u8, Vec<u8>)]) -> u64 {
    records.iter().map(|(_, record)| record.len() as u64).sum()
}
