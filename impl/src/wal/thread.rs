//! Group commit: one thread per node owns the log, and one sync commits for everybody who was waiting.
//!
//! While a sync is under way, submissions queue up; when it returns, all of them make the next group. So the
//! slower the disk or the more partitions there are, the larger the group: the number of syncs does not grow
//! with the load.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::error::WalError;
use super::log::Wal;

/// How many submissions may wait for the thread before [`WalHandle::append`] blocks.
pub const QUEUED_SUBMISSIONS_MAX: usize = 256;

/// Records in the order in which they are to be appended: partition and payload.
type Records = Vec<(u8, Vec<u8>)>;

/// What the thread is given to do.
#[derive(Debug)]
enum Submission {
    /// To append records.
    Append(Records),
    /// To append records that stand for all before them of one part of the log and, once they are synced, purge what no part
    /// needs.
    Checkpoint {
        /// Which part.
        part: usize,
        /// The records.
        records: Records,
    },
}

/// How far a partition got by one group commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synced {
    /// The partition.
    pub partition: u8,
    /// How many of its records are newly synced: the oldest that it has in flight. At least 1.
    pub records: u32,
}

/// What the thread reports.
#[derive(Debug)]
pub enum Outcome {
    /// A group was synced.
    Synced {
        /// Every partition that had records in it, once, in ascending order.
        synced: Vec<Synced>,
        /// How long it took to append and sync it.
        took: Duration,
    },
    /// A flush or sync failed, and the thread has stopped: end the process. Reported once, and the last
    /// report. What was submitted and not reported as synced may or may not survive.
    Failed(WalError),
}

/// Why a submission was not taken. None of its records is appended.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SubmitError {
    /// A payload does not fit a record. Split it.
    #[error("a payload of {bytes} bytes exceeds the limit of {max} bytes")]
    PayloadTooLarge {
        /// The size of the payload.
        bytes: usize,
        /// The largest size that is possible.
        max: usize,
    },
    /// The thread has stopped after a failure, which [`Outcome::Failed`] reports. End the process.
    #[error(transparent)]
    Stopped(#[from] WalStopped),
}

/// The thread has stopped after a failure, so not all that was submitted is synced. End the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the WAL thread has stopped after a failure")]
pub struct WalStopped;

/// The thread that owns the log.
#[derive(Debug)]
pub struct WalThread<N> {
    wal: Wal,
    submissions: Receiver<Submission>,
    notify: N,
    /// The segment in which the last checkpoint of each part begins.
    checkpoints: Vec<Option<u64>>,
}

impl<N: FnMut(Outcome) + Send + 'static> WalThread<N> {
    /// Starts the thread, and hands it the log. Its records are those of `parts` producers, each of which says from time to time
    /// what its own amount to ([`WalHandle::checkpoint`]).
    ///
    /// `notify` is called on that thread, after each sync. It should only pass the outcome on, since the next
    /// group waits for it; and it must not own the handle, whose drop waits for the thread.
    ///
    /// # Errors
    /// `Io` if the operating system gives no thread.
    pub fn spawn(wal: Wal, parts: usize, notify: N) -> Result<WalHandle, WalError> {
        let payload_bytes_max = wal.payload_bytes_max();
        let file = wal.segment_path(1);
        let (sender, submissions) = sync_channel(QUEUED_SUBMISSIONS_MAX);
        let thread = thread::Builder::new()
            .name("wal".into())
            .spawn(move || {
                WalThread {
                    wal,
                    submissions,
                    notify,
                    checkpoints: vec![None; parts],
                }
                .run()
            })
            .map_err(WalError::io("start the thread for", &file))?;
        Ok(WalHandle {
            submissions: Some(sender),
            thread: Some(thread),
            payload_bytes_max,
        })
    }

    /// Until the handle is gone and the queue is empty, or until something fails.
    fn run(mut self) -> Result<(), WalStopped> {
        while let Ok(first) = self.submissions.recv() {
            let began = Instant::now();
            match self.commit(first) {
                Ok(synced) if synced.is_empty() => {}
                Ok(synced) => {
                    let took = began.elapsed();
                    (self.notify)(Outcome::Synced { synced, took });
                }
                Err(error) => {
                    // Before the report, so that nobody is left waiting for room in the queue.
                    drop(self.submissions);
                    (self.notify)(Outcome::Failed(error));
                    return Err(WalStopped);
                }
            }
        }
        Ok(())
    }

    /// One group: `first` and all that is queued behind it.
    fn commit(&mut self, first: Submission) -> Result<Vec<Synced>, WalError> {
        let mut records_of = BTreeMap::new();
        // Limited, because producers may refill the queue as fast as it is emptied, and a group must end.
        let queued = self.submissions.try_iter().take(QUEUED_SUBMISSIONS_MAX);
        for submission in std::iter::once(first).chain(queued) {
            match submission {
                Submission::Append(records) => {
                    let mut records = records;
                    if sabotaged!("wal-group-reversed") {
                        records.reverse();
                    }
                    for (partition, payload) in records {
                        self.wal.append(partition, &payload)?;
                        *records_of.entry(partition).or_insert(0) += 1;
                    }
                }
                Submission::Checkpoint { part, records } => {
                    let mut begins_in = None;
                    for (partition, payload) in records {
                        let appended = self.wal.append(partition, &payload)?;
                        begins_in.get_or_insert(appended.segment);
                    }
                    self.checkpoints[part] = begins_in;
                }
            }
        }
        if sabotaged!("wal-sync-reported-early") {
            return Ok(synced_of(records_of));
        }
        let synced = self.wal.sync();
        if !sabotaged!("wal-sync-error-lost") {
            synced?;
        }
        // Every part has to have said its records again before any segment goes.
        let first_needed = self.checkpoints.iter().copied().min().flatten();
        if let Some(segment) = first_needed {
            self.wal.purge_before(segment)?;
        }
        Ok(synced_of(records_of))
    }
}

fn synced_of(records_of: BTreeMap<u8, u32>) -> Vec<Synced> {
    let synced = |(partition, records)| Synced { partition, records };
    records_of.into_iter().map(synced).collect()
}

/// The way to submit records to a [`WalThread`]. Share it by reference or `Arc` among producers.
///
/// Dropping it waits until all that was submitted is synced and reported, and the thread has ended.
#[derive(Debug)]
pub struct WalHandle {
    submissions: Option<SyncSender<Submission>>,
    thread: Option<JoinHandle<Result<(), WalStopped>>>,
    payload_bytes_max: usize,
}

impl WalHandle {
    /// Submits records of any partitions, to be appended in this order and without others in between. Returns
    /// before they are appended; that they are synced is reported to the thread's `notify`.
    ///
    /// Blocks while [`QUEUED_SUBMISSIONS_MAX`] submissions are waiting. The limit is on submissions, not
    /// bytes: who submits large ones has to limit those in flight.
    ///
    /// # Errors
    /// [`SubmitError`]; the records are dropped then.
    pub fn append(&self, records: Vec<(u8, Vec<u8>)>) -> Result<(), SubmitError> {
        self.submit(records, Submission::Append)
    }

    /// Submits records that stand for all that were submitted before of one part of the log: once they are synced, the segments
    /// before the last checkpoints of all parts are removed. They are not reported. As [`WalHandle::append`] otherwise.
    ///
    /// # Errors
    /// [`SubmitError`]; the records are dropped then.
    ///
    /// # Panics
    /// On the log's thread, if there is no such part.
    pub fn checkpoint(&self, part: usize, records: Vec<(u8, Vec<u8>)>) -> Result<(), SubmitError> {
        self.submit(records, |records| Submission::Checkpoint { part, records })
    }

    fn submit(
        &self,
        records: Records,
        submission: impl FnOnce(Records) -> Submission,
    ) -> Result<(), SubmitError> {
        let max = self.payload_bytes_max;
        if let Some((_, payload)) = records.iter().find(|(_, payload)| payload.len() > max) {
            return Err(SubmitError::PayloadTooLarge {
                bytes: payload.len(),
                max,
            });
        }
        if records.is_empty() {
            return Ok(());
        }
        let submissions = self.submissions.as_ref().ok_or(WalStopped)?;
        submissions.send(submission(records)).map_err(|_| WalStopped)?;
        Ok(())
    }

    /// Waits until all that was submitted is synced and reported, and the thread has ended.
    ///
    /// # Errors
    /// [`WalStopped`] if it had ended before, so that not everything is synced.
    pub fn shutdown(mut self) -> Result<(), WalStopped> {
        self.join()
    }

    fn join(&mut self) -> Result<(), WalStopped> {
        // Without a sender the thread ends, once it has emptied the queue.
        self.submissions = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_panic)) => Err(WalStopped),
            None => Ok(()),
        }
    }
}

impl Drop for WalHandle {
    fn drop(&mut self) {
        if self.join().is_err() {
            tracing::error!("the WAL thread has stopped after a failure");
        }
    }
}
