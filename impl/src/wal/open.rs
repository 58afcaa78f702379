//! Opening a log: read the whole of it, find it good, and only then change what is on disk.

use std::path::Path;
use std::sync::Arc;

use super::directory::Directory;
use super::error::{Refusal, WalError};
use super::format::{HEADER_BYTES, Identity, Lsn, RECORD_HEADER_BYTES};
use super::headers;
use super::log::{Wal, WalConfig};
use super::recovery::{self, RecoveryReport, Scan, TornTail};
use super::repair::repair;

/// A lock on the directory of a log, until it is dropped.
#[derive(Debug)]
pub struct WalLock {
    _directory: Directory,
}

impl Wal {
    /// Opens the log in `dir`, or begins one, and calls `replay` with lsn, partition and payload of each record in
    /// order. A record that `replay` refuses ends it. The first one has lsn 1, unless those before it were purged.
    ///
    /// When it returns, all that was replayed is synced. The directory is created if it is missing (its
    /// parent is not) and is locked until the `Wal` is dropped. Memory for one segment at a time is used.
    ///
    /// # Errors
    /// Any [`WalError`] but `PayloadTooLarge` and `Poisoned`. Discard then whatever `replay` was called with.
    /// Nothing is changed on disk before the whole log has been read and found good.
    pub fn open(
        dir: &Path,
        identity: Identity,
        config: WalConfig,
        replay: impl FnMut(Lsn, u8, &[u8]) -> Result<(), Refusal>,
    ) -> Result<(Wal, RecoveryReport), WalError> {
        Wal::scan(dir, identity, config, replay)?.repair()
    }

    /// Whose log is in `dir`, as its first segment says.
    ///
    /// # Errors
    /// `Io`, or `Damaged` if it does not say so.
    pub fn identity(dir: &Path) -> Result<Identity, WalError> {
        headers::identity(&Directory::open(dir)?)
    }

    /// Locks the directory of a log against every `Wal`, so that it can be moved away.
    ///
    /// # Errors
    /// [`WalError::InUse`], if it is locked already, or [`WalError::Io`].
    pub fn lock(dir: &Path) -> Result<WalLock, WalError> {
        let directory = Directory::open(dir)?;
        Ok(WalLock {
            _directory: directory,
        })
    }

    /// The first half of [`Wal::open`]: reads the whole log, and changes nothing. For a caller that has more to find
    /// good before a torn tail is cut. The directory is locked from here on.
    ///
    /// # Errors
    /// As [`Wal::open`].
    pub fn scan(
        dir: &Path,
        identity: Identity,
        config: WalConfig,
        replay: impl FnMut(Lsn, u8, &[u8]) -> Result<(), Refusal>,
    ) -> Result<Scanned, WalError> {
        let min = (HEADER_BYTES + RECORD_HEADER_BYTES + 1) as u64;
        if config.segment_bytes < min {
            return Err(WalError::SegmentTooSmall {
                segment_bytes: config.segment_bytes,
                min,
            });
        }
        let directory = Arc::new(Directory::open(dir)?);
        let scan = recovery::scan(&directory, identity, replay)?;
        Ok(Scanned {
            directory,
            identity,
            config,
            scan,
        })
    }
}

/// A log that was read and found good. Dropping it leaves it as it is.
#[derive(Debug)]
pub struct Scanned {
    directory: Arc<Directory>,
    identity: Identity,
    config: WalConfig,
    scan: Scan,
}

impl Scanned {
    /// What was found.
    pub fn report(&self) -> &RecoveryReport {
        &self.scan.report
    }

    /// The second half of [`Wal::open`]: cuts the torn tail, and syncs what stays.
    ///
    /// # Errors
    /// `Io`.
    pub fn repair(self) -> Result<(Wal, RecoveryReport), WalError> {
        let Scanned {
            directory,
            identity,
            config,
            scan,
        } = self;
        let Scan {
            report,
            tail,
            unbegun,
        } = scan;
        let segment = repair(&directory, tail, unbegun, identity, config.segment_bytes)?;
        if let Some(torn) = &report.torn_tail {
            let TornTail {
                file,
                offset,
                bytes,
                intact_records,
            } = torn;
            tracing::warn!(file = %file.display(), offset, bytes, intact_records, "cut a torn tail");
        }
        let wal = Wal {
            directory,
            identity,
            config,
            first_segment: report.first_segment,
            segment,
            next: None,
            buffer: Vec::new(),
            appended_through: report.last_lsn,
            synced_through: report.last_lsn,
            poisoned: false,
        };
        Ok((wal, report))
    }
}
