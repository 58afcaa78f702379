//! The directory of a log: the names of its segments, the lock, and the sync that makes a new name durable.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::error::WalError;

/// An open directory, locked against every other `Wal` until it is dropped.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    handle: File,
}

impl Directory {
    /// Opens and locks the directory, and creates it if it is not there. Its parent must exist.
    pub(super) fn open(path: &Path) -> Result<Directory, WalError> {
        match fs::create_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(WalError::io("create", path)(error));
            }
            _ => {}
        }
        // Even if it existed: a process that created it may have died before it could sync the parent.
        if let Some(parent) = path.parent() {
            let parent = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            File::open(parent)
                .and_then(|parent| parent.sync_all())
                .map_err(WalError::io("sync", parent))?;
        }
        let handle = File::open(path).map_err(WalError::io("open", path))?;
        // On the directory itself, so that a lock leaves no file behind.
        match handle.try_lock() {
            Ok(()) => Ok(Directory {
                path: path.to_owned(),
                handle,
            }),
            Err(TryLockError::WouldBlock) => Err(WalError::InUse { dir: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(WalError::io("lock", path)(source)),
        }
    }

    /// Makes durable which names there are. To be called after a file was created or removed.
    pub(super) fn sync(&self) -> Result<(), WalError> {
        self.handle.sync_all().map_err(WalError::io("sync", &self.path))
    }

    pub(super) fn segment_path(&self, segment: u64) -> PathBuf {
        self.path.join(format!("wal-{segment:08}.seg"))
    }

    /// The numbers of the segments, ascending. Files with other names are not the log's and are left alone.
    pub(super) fn segments(&self) -> Result<Vec<u64>, WalError> {
        let mut segments = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(WalError::io("list", &self.path))? {
            let name = entry.map_err(WalError::io("list", &self.path))?.file_name();
            let digits = name
                .to_str()
                .and_then(|name| name.strip_prefix("wal-")?.strip_suffix(".seg"));
            let number = digits.and_then(|digits| digits.parse::<u64>().ok());
            // Only the name that `segment_path` would give: "wal-1.seg" must not stand beside
            // "wal-00000001.seg".
            segments.extend(number.filter(|number| self.segment_path(*number).file_name() == Some(&name)));
        }
        segments.sort_unstable();
        Ok(segments)
    }
}
