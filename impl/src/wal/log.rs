//! The log, open for appending: append, flush, sync, rotate. `open.rs` makes one of what is in a directory.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::directory::Directory;
use super::error::WalError;
use super::format::{HEADER_BYTES, Header, Identity, Lsn, PAYLOAD_BYTES_MAX, RECORD_HEADER_BYTES, Record};
use super::prepare::Preparation;
use super::segment::Segment;

/// How a log lays out its files. May differ from one `open` to the next: no segment shrinks, and only the
/// last grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalConfig {
    /// The size of a segment, in bytes. A record must fit, so it also limits payloads. 16 MiB by default.
    pub segment_bytes: u64,
}

impl Default for WalConfig {
    fn default() -> WalConfig {
        WalConfig {
            segment_bytes: 16 << 20,
        }
    }
}

/// Where an appended record is, or will be once flushed.
///
/// A test that plays a crash drops the `Wal` and then zeros or truncates bytes of records that were not
/// synced, that is, whose `lsn` is greater than [`Wal::synced_through`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its place in the order.
    pub lsn: Lsn,
    /// The number of its segment; [`Wal::segment_path`] names the file.
    pub segment: u64,
    /// Its first byte, counted from the beginning of the file.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
}

/// A write-ahead log. See the [module](super) for what it promises.
///
/// Dropping it neither flushes nor syncs: like a crash, it loses what was only appended.
#[derive(Debug)]
pub struct Wal {
    pub(super) directory: Arc<Directory>,
    pub(super) identity: Identity,
    pub(super) config: WalConfig,
    /// The oldest segment that is not purged.
    pub(super) first_segment: u64,
    pub(super) segment: Segment,
    /// The successor of `segment`, from the moment that `segment` is half full.
    pub(super) next: Option<Preparation>,
    /// Records that are appended and not flushed. They all belong to `segment`.
    pub(super) buffer: Vec<u8>,
    pub(super) appended_through: Lsn,
    pub(super) synced_through: Lsn,
    pub(super) poisoned: bool,
}

impl Wal {
    /// Appends a record: it has its place in the order, but survives nothing yet.
    ///
    /// If the segment is full this rotates, which syncs all that was appended before.
    ///
    /// # Errors
    /// `PayloadTooLarge`: nothing is appended, go on without it. `Io` or `Poisoned`: end the process.
    pub fn append(&mut self, partition: u8, payload: &[u8]) -> Result<Appended, WalError> {
        self.check_poison()?;
        let max = self.payload_bytes_max();
        if payload.len() > max {
            return Err(WalError::PayloadTooLarge {
                bytes: payload.len(),
                max,
            });
        }
        let record_bytes = (RECORD_HEADER_BYTES + payload.len()) as u64;
        if self.end() + record_bytes > self.segment.bytes {
            let rotated = self.rotate();
            self.poison_on_error(rotated)?;
        }

        let (lsn, start) = (self.appended_through.next(), self.end());
        let record = Record {
            lsn,
            synced_through: if sabotaged!("wal-testifies-to-nothing") {
                Lsn(0)
            } else {
                self.synced_through
            },
            partition,
            payload,
        };
        record.encode(self.segment.number, &mut self.buffer);
        self.appended_through = lsn;
        assert_eq!(
            self.end(),
            start + record_bytes,
            "a record takes the room that was reserved for it"
        );
        Ok(Appended {
            lsn,
            segment: self.segment.number,
            start,
            end: self.end(),
        })
    }

    /// Hands all appended records to the operating system with one call. They survive the process then, but
    /// not the machine.
    ///
    /// # Errors
    /// `Io` or `Poisoned`: end the process.
    pub fn flush(&mut self) -> Result<(), WalError> {
        self.check_poison()?;
        let flushed = self.flush_buffer();
        self.poison_on_error(flushed)
    }

    /// Flushes, then makes durable all that was appended, with one sync of one file; with none if nothing is
    /// new. Returns the lsn through which the log is synced now, which is that of the last record.
    ///
    /// # Errors
    /// `Io` or `Poisoned`: end the process. Records since the last successful sync may or may not survive.
    pub fn sync(&mut self) -> Result<Lsn, WalError> {
        self.check_poison()?;
        let synced = self.sync_all();
        self.poison_on_error(synced)?;
        Ok(self.synced_through)
    }

    /// The lsn of the last record that was appended. `Lsn(0)` if there is none.
    pub fn appended_through(&self) -> Lsn {
        self.appended_through
    }

    /// The lsn through which all is durable. `Lsn(0)` if nothing is.
    pub fn synced_through(&self) -> Lsn {
        self.synced_through
    }

    /// The largest payload that `append` takes, in bytes: [`PAYLOAD_BYTES_MAX`], or less if segments are
    /// small.
    pub fn payload_bytes_max(&self) -> usize {
        let room = self.config.segment_bytes - (HEADER_BYTES + RECORD_HEADER_BYTES) as u64;
        room.min(PAYLOAD_BYTES_MAX as u64) as usize
    }

    /// Removes the segments before `segment`. The caller has appended records that stand for what was in them, there or
    /// later, and has synced them.
    ///
    /// A crash may leave some of the segments that were to be removed: the newest ones, always.
    ///
    /// # Errors
    /// `Io` or `Poisoned`: end the process.
    pub fn purge_before(&mut self, segment: u64) -> Result<(), WalError> {
        self.check_poison()?;
        assert!(
            segment <= self.segment.number && self.synced_through == self.appended_through,
            "what stands for the purged records is synced, and in a segment that stays"
        );
        while self.first_segment < segment + u64::from(sabotaged!("wal-purges-too-far")) {
            let removed = self.remove_first();
            self.poison_on_error(removed)?;
        }
        Ok(())
    }

    /// One at a time: a crash must leave no gap.
    fn remove_first(&mut self) -> Result<(), WalError> {
        let file = self.directory.segment_path(self.first_segment);
        fs::remove_file(&file).map_err(WalError::io("remove", &file))?;
        self.directory.sync()?;
        self.first_segment += 1;
        Ok(())
    }

    /// How many bytes the segments take that have records.
    pub fn bytes(&self) -> u64 {
        (self.segment.number - self.first_segment) * self.config.segment_bytes + self.end()
    }

    /// The file of segment `segment`, for [`Appended::segment`].
    pub fn segment_path(&self, segment: u64) -> PathBuf {
        self.directory.segment_path(segment)
    }

    /// Where the next record begins.
    fn end(&self) -> u64 {
        self.segment.end + self.buffer.len() as u64
    }

    fn flush_buffer(&mut self) -> Result<(), WalError> {
        self.segment.flush(&self.buffer)?;
        self.buffer.clear();
        if self.next.is_none() && self.segment.end > self.segment.bytes / 2 {
            self.prepare_next();
        }
        Ok(())
    }

    fn sync_all(&mut self) -> Result<(), WalError> {
        if self.synced_through == self.appended_through {
            return Ok(());
        }
        self.flush_buffer()?;
        self.segment.sync()?;
        self.synced_through = self.appended_through;
        Ok(())
    }

    /// Goes on in the next segment. The order of the steps is what recovery relies on: records of the old
    /// segment, then the header of the new one, then its records, each synced before the next is flushed.
    fn rotate(&mut self) -> Result<(), WalError> {
        if !sabotaged!("wal-rotates-unsynced") {
            self.sync_all()?;
        }
        let number = self.segment.number + 1;
        let mut segment = match self.next.take() {
            Some(preparation) => preparation.finish()?,
            None => Segment::create(&self.directory, number, self.config.segment_bytes)?,
        };
        let first_lsn = self.appended_through.next();
        segment.begin(&Header {
            segment: number,
            identity: self.identity,
            first_lsn,
        })?;
        self.segment = segment;
        Ok(())
    }

    fn prepare_next(&mut self) {
        let directory = Arc::clone(&self.directory);
        match Preparation::start(directory, self.segment.number + 1, self.config.segment_bytes) {
            Ok(preparation) => self.next = Some(preparation),
            // Not fatal: the rotation will create the segment itself.
            Err(error) => tracing::warn!(%error, "cannot prepare the next segment ahead of time"),
        }
    }

    fn check_poison(&self) -> Result<(), WalError> {
        if self.poisoned {
            Err(WalError::Poisoned)
        } else {
            Ok(())
        }
    }

    /// A failed flush or sync is never tried again. When a sync fails, the kernel marks the pages clean all
    /// the same, so a second sync succeeds without having stored anything: PostgreSQL lost data that way for
    /// twenty years ("fsyncgate", 2018) and has ended the process on such a failure since.
    fn poison_on_error<T>(&mut self, result: Result<T, WalError>) -> Result<T, WalError> {
        self.poisoned |= result.is_err() && !sabotaged!("wal-failed-sync-retried");
        result
    }
}

#[cfg(test)]
impl Wal {
    /// Lets further flushes and syncs go to `device`, which fails as devices of `/dev` do.
    pub(super) fn divert(&mut self, device: &str) {
        let device = std::fs::OpenOptions::new().write(true).open(device);
        self.segment.file = device.expect("the device exists");
    }
}
