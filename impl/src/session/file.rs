//! A session kept in a file between two commands: replaced whole or not at all.
//!
//! Two commands that use one file at the same time do not corrupt it, but the later one wins, and what the earlier one saw
//! is not in it: give each concurrent client a session of its own.

use super::{Session, TEXT_BYTES_MAX, TokenError};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Why a session's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SessionFileError {
    /// It cannot be read: correct its permissions, or name another one.
    #[error("session file {}: cannot be read: {why}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// It does not hold a token. Restore it; or delete it, which starts a new session that has seen nothing.
    #[error(
        "session file {}: {why}. Restore it, or delete it to start a new session that has seen nothing",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: TokenError,
    },
    /// It cannot be replaced: the old one is still there, and it misses what was seen since. Make the directory
    /// writable.
    #[error("session file {}: cannot be replaced: {why}; it still holds the token from before", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
}

/// The session in `path`; a new one if there is no such file.
pub fn load(path: &Path) -> Result<Session, SessionFileError> {
    let read = || -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // One byte more than a token and its newline can have, so that a longer file is seen to be one.
        let mut bytes = Vec::new();
        file.take(TEXT_BYTES_MAX as u64 + 2).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    let bytes = read().map_err(|why| SessionFileError::Read {
        path: path.to_owned(),
        why,
    })?;
    let Some(bytes) = bytes else {
        return Ok(Session::default());
    };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    text.parse().map_err(|why| SessionFileError::Damaged {
        path: path.to_owned(),
        why,
    })
}

/// Replaces the session in `path`. It is durable under a name of its own before it takes the file's name, so that a
/// crash leaves the old one or the new one.
pub fn store(path: &Path, session: &Session) -> Result<(), SessionFileError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(temporary);
    let replace = || -> io::Result<()> {
        let mut file = File::create(&temporary)?;
        writeln!(file, "{session}")?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    replace().map_err(|why| {
        // It may not even have been created, and a leftover is harmless: the first error is the one to report.
        let _ = fs::remove_file(&temporary);
        SessionFileError::Write {
            path: path.to_owned(),
            why,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::{EntryId, Epoch, Index, Partition};

    #[test]
    fn what_is_stored_is_loaded_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("session");
        assert_eq!(load(&path).unwrap(), Session::default());
        let mut session = Session::default();
        session.advance(Partition(0), EntryId::new(Epoch(1), Index(2)));
        store(&path, &session).unwrap();
        store(&path, &session).unwrap();
        assert_eq!(load(&path).unwrap(), session);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("session");
        for content in [&b""[..], b"kv1:-:", &[0xff; 40], &[b'k'; 4096]] {
            fs::write(&path, content).unwrap();
            let error = load(&path).unwrap_err();
            assert!(matches!(error, SessionFileError::Damaged { .. }), "{error}");
            assert_eq!(fs::read(&path).unwrap(), content);
        }
    }

    #[test]
    fn a_file_that_cannot_be_replaced_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("no/such/directory");
        assert!(matches!(
            store(&path, &Session::default()),
            Err(SessionFileError::Write { .. })
        ));
    }
}
