//! One segment file, open for appending.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::directory::Directory;
use super::error::WalError;
use super::format::{HEADER_BYTES, Header};

/// A segment from its creation on. Bytes from `end` to `bytes` are zero: room for records.
#[derive(Debug)]
pub(super) struct Segment {
    pub number: u64,
    pub path: PathBuf,
    pub file: File,
    /// Where the next flush goes.
    pub end: u64,
    /// The size of the file, which never changes.
    pub bytes: u64,
}

impl Segment {
    /// Creates the file, full of zeros, and syncs it and its name. It has no header yet: to recovery it does
    /// not exist.
    pub(super) fn create(directory: &Directory, number: u64, bytes: u64) -> Result<Segment, WalError> {
        let path = directory.segment_path(number);
        let mut file = File::create_new(&path).map_err(WalError::io("create", &path))?;
        // Real zeros rather than a larger length: blocks without content would have to be marked as used at
        // their first sync, which is the metadata update that preallocation is to avoid.
        let zeros = [0; 64 << 10];
        let mut left = bytes;
        while left > 0 {
            let chunk = left.min(zeros.len() as u64);
            file.write_all(&zeros[..chunk as usize])
                .map_err(WalError::io("preallocate", &path))?;
            left -= chunk;
        }
        file.sync_all().map_err(WalError::io("sync", &path))?;
        directory.sync()?;
        Ok(Segment {
            number,
            path,
            file,
            end: 0,
            bytes,
        })
    }

    /// Opens an existing segment whose records end at `end`.
    pub(super) fn reopen(
        directory: &Directory,
        number: u64,
        end: u64,
        bytes: u64,
    ) -> Result<Segment, WalError> {
        assert!(
            HEADER_BYTES as u64 <= end && end <= bytes,
            "records lie between the header and the end of the file"
        );
        let path = directory.segment_path(number);
        let file = fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .map_err(WalError::io("open", &path))?;
        Ok(Segment {
            number,
            path,
            file,
            end,
            bytes,
        })
    }

    /// Makes a created segment part of the log. The header is synced before any record follows, so that an
    /// unreadable header with records after it can only be damage.
    pub(super) fn begin(&mut self, header: &Header) -> Result<(), WalError> {
        assert_eq!(self.end, 0, "a segment is begun once");
        assert_eq!(
            self.number, header.segment,
            "the header tells the number that the file name has"
        );
        self.flush(&header.encode())?;
        self.sync()
    }

    /// Hands `bytes` to the operating system, behind what it already has.
    pub(super) fn flush(&mut self, bytes: &[u8]) -> Result<(), WalError> {
        let end = self.end + bytes.len() as u64;
        assert!(end <= self.bytes, "a segment does not grow");
        self.file
            .write_all_at(bytes, self.end)
            .map_err(WalError::io("flush to", &self.path))?;
        self.end = end;
        Ok(())
    }

    /// Makes durable all that was flushed.
    pub(super) fn sync(&self) -> Result<(), WalError> {
        self.file.sync_data().map_err(WalError::io("sync", &self.path))
    }
}
