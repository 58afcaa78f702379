//! Whether there is room on the disk.
//!
//! A disk that fills up under a write ends the process, because nobody knows what it has then. So a node stops before: while
//! less than a reserve is free it takes on nothing new that would have to be written, and what is under way fits the reserve. It
//! still reads, and still leads where it leads.

use super::bounds;
use katakv_core::{Epoch, Message};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Space {
    full: AtomicBool,
    /// What was measured last.
    sizes: Mutex<Sizes>,
}

/// How many bytes there are of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) wal: u64,
    pub(super) store: u64,
    /// `None` if the system does not say.
    pub(super) free: Option<u64>,
}

impl Space {
    /// Of the file system that `data` is on, or will be.
    pub(super) fn of(data: &Path, reserve_bytes: u64) -> Arc<Space> {
        let space = Arc::new(Space::default());
        space.look(data, reserve_bytes);
        space
    }

    /// Whether nothing new is to be written.
    pub(super) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// What was measured last.
    pub(super) fn sizes(&self) -> Sizes {
        *self.sizes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn measure(&self, data: &Path, free: Option<u64>) {
        let sizes = Sizes {
            wal: files_bytes(&data.join("wal")),
            store: files_bytes(&data.join("store")),
            free,
        };
        *self.sizes.lock().unwrap_or_else(PoisonError::into_inner) = sizes;
    }

    /// Whether `message` cannot be taken on while the disk is full: handling it may make a record. It is dropped then, as the
    /// network might have done; what matters is repeated.
    pub(super) fn excludes(&self, message: &Message, own: Epoch) -> bool {
        let makes_no_record = match message {
            Message::Append { entries, .. } => entries.is_empty(),
            Message::Appended { .. }
            | Message::Rejected { .. }
            | Message::Confirm { .. }
            | Message::Confirmed { .. }
            | Message::PreVote { .. } => true,
            _ => false,
        };
        self.is_full() && !(makes_no_record && message.epoch() <= own)
    }

    fn look(&self, data: &Path, reserve_bytes: u64) {
        let existing = data.ancestors().find(|dir| dir.exists()).unwrap_or(data);
        let stat = rustix::fs::statvfs(existing);
        let free_bytes = stat.map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize));
        self.measure(data, free_bytes.ok());
        let free_bytes = match free_bytes {
            Ok(free_bytes) => free_bytes,
            // Then a write that fails will tell.
            Err(error) => return tracing::warn!(%error, "cannot tell how much of the disk is free"),
        };
        let full = free_bytes < reserve_bytes;
        if self.full.swap(full, Ordering::Relaxed) != full {
            if full {
                tracing::error!(
                    free_bytes,
                    reserve_bytes,
                    "the disk is nearly full: taking no writes"
                );
            } else {
                tracing::info!(free_bytes, "there is room on the disk again: taking writes");
            }
        }
    }
}

/// How many bytes the files in `dir` take, and in the directories there. What comes or goes meanwhile is counted or not.
fn files_bytes(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Some((entry.path(), entry.metadata().ok()?)))
        .map(|(path, metadata)| match metadata.is_dir() {
            true => files_bytes(&path),
            false => metadata.len(),
        })
        .sum()
}

/// Looks again and again.
pub(super) async fn watch(space: Arc<Space>, data: PathBuf, reserve_bytes: u64) {
    loop {
        tokio::time::sleep(bounds::LOOK_AT_DISK_EVERY).await;
        space.look(&data, reserve_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::{Entries, Entry, EntryId, Index, Payload};

    #[test]
    fn a_full_disk_excludes_what_would_be_written_and_nothing_else() {
        let own = Epoch(2);
        let append = |epoch, entries: Vec<Entry>| Message::Append {
            epoch,
            prev: EntryId::ZERO,
            commit: Index::ZERO,
            entries: Entries::from(entries),
        };
        let entry = Entry {
            id: EntryId::new(own, Index(1)),
            payload: Payload::Barrier,
        };
        let heartbeat = append(own, vec![]);
        let written = [
            append(own, vec![entry]),
            append(Epoch(3), vec![]),
            Message::Vote { epoch: own },
            Message::PreVoted { epoch: own },
        ];
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("not/there/yet");
        let (roomy, full) = (Space::of(&missing, 0), Space::of(&missing, u64::MAX));
        assert!(!roomy.is_full() && full.is_full());
        assert!(!full.excludes(&heartbeat, own));
        for message in written {
            assert!(full.excludes(&message, own), "{message}");
            assert!(!roomy.excludes(&message, own), "{message}");
        }
        full.look(&missing, 0);
        assert!(!full.is_full());
    }
}
