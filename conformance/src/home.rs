//! Where nodes keep their data.

use anyhow::Context;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory that was named, or one that goes away.
pub(crate) enum Home {
    Named(PathBuf),
    Temporary(TempDir),
}

impl Home {
    /// As [`Home::new`], but a temporary one is in memory, where there is such a place: without a disk to wait for, a
    /// replay is some eight times faster.
    pub(crate) fn in_memory(named: Option<PathBuf>) -> anyhow::Result<Home> {
        match (named, tempfile::tempdir_in("/dev/shm")) {
            (None, Ok(dir)) => Ok(Home::Temporary(dir)),
            (named, _) => Home::new(named),
        }
    }

    pub(crate) fn new(named: Option<PathBuf>) -> anyhow::Result<Home> {
        match named {
            None => Ok(Home::Temporary(
                tempfile::tempdir().context("no temporary directory")?,
            )),
            Some(dir) => {
                std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
                Ok(Home::Named(dir))
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Home::Named(dir) => dir,
            Home::Temporary(dir) => dir.path(),
        }
    }
}
