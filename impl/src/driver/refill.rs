//! Beginning: the first time, and anew in the place of a node that has lost its disk or found it damaged.
//!
//! A directory does not tell why it is empty. A node that takes a lost disk for its first day votes again where it has voted, and
//! acknowledges what it had promised not to: see `refill.rs` of the core. So a node serves only from a directory that
//! somebody has begun, and says so once, by [`Driver::init`] or by [`Driver::refill`].

use super::open::create_directory;
use super::{Driver, DriverConfig, OpenError};
use crate::codec;
use crate::wal::Wal;
use katakv_core::{Sound, refill};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

impl Driver {
    /// Whether a node has begun in `dir`: it has a log there, be it empty.
    ///
    /// # Errors
    /// [`OpenError::NotBegun`], if it has none.
    pub fn check_begun(dir: &Path) -> Result<(), OpenError> {
        match dir.join("wal").is_dir() {
            true => Ok(()),
            false => Err(OpenError::NotBegun { dir: dir.to_owned() }),
        }
    }

    /// Makes `dir` the directory of a node that has never run.
    ///
    /// # Errors
    /// [`OpenError::HasBegun`], if a node has; nothing is changed then.
    pub fn init(dir: &Path, config: DriverConfig) -> Result<(), OpenError> {
        if !is_empty(dir).map_err(failed(dir))? {
            return Err(OpenError::HasBegun { dir: dir.to_owned() });
        }
        Driver::open(dir, config, &mut Vec::new()).map(|_| ())
    }

    /// Makes `dir` the directory of a node that has lost what it had: each of its replicas is a learner of `incarnation`,
    /// a number that no refill in the cluster had before. What is there is set aside, not deleted; the place is returned.
    ///
    /// `dir` is as before or as it should be, whenever the machine stops; or it is not there, and nothing serves from it.
    ///
    /// # Errors
    /// [`OpenError`]. [`WalError::InUse`](crate::wal::WalError::InUse), if the node still runs.
    pub fn refill(dir: &Path, config: DriverConfig, incarnation: u64) -> Result<Option<PathBuf>, OpenError> {
        config.check()?;
        let beside = suffixed(dir, ".refilling");
        if beside.exists() {
            fs::remove_dir_all(&beside).map_err(failed(&beside))?;
        }
        create_directory(&beside).map_err(failed(&beside))?;
        let scanned = Wal::scan(&beside.join("wal"), config.identity(), config.wal, |_, _, _| {
            Ok(())
        })?;
        let (mut wal, _) = scanned.repair()?;
        let record = codec::encode(&refill(&Sound, incarnation));
        for partition in config.partitions() {
            wal.append(partition.0, &record)?;
        }
        wal.sync()?;
        drop(wal);
        let aside = set_aside(dir)?;
        fs::rename(&beside, dir).map_err(failed(dir))?;
        // The new name, and that of what was set aside.
        sync_parent(dir).map_err(failed(dir))?;
        Ok(aside)
    }
}

/// Renames what is there, so that somebody can look at it.
fn set_aside(dir: &Path) -> Result<Option<PathBuf>, OpenError> {
    if is_empty(dir).map_err(failed(dir))? {
        return match fs::remove_dir(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(dir)(error)),
            _ => Ok(None),
        };
    }
    // Held until the end: a node that runs there must not have its directory taken away.
    let _lock = Wal::lock(&dir.join("wal"))?;
    let aside = (1..)
        .map(|number| suffixed(dir, &format!(".lost-{number}")))
        .find(|aside| !aside.exists())
        .expect("there are more numbers than directories");
    fs::rename(dir, &aside).map_err(failed(dir))?;
    Ok(Some(aside))
}

/// Whether there is nothing, or no such directory.
fn is_empty(dir: &Path) -> io::Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn suffixed(dir: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(dir);
    name.push(suffix);
    PathBuf::from(name)
}

fn sync_parent(dir: &Path) -> io::Result<()> {
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn failed(dir: &Path) -> impl Fn(io::Error) -> OpenError {
    |source| OpenError::Directory {
        dir: dir.to_owned(),
        source,
    }
}
