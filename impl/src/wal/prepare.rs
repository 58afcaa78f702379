//! Creating the next segment while the current one fills up, so that a rotation does not wait for it.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::directory::Directory;
use super::error::WalError;
use super::segment::Segment;

/// The creation of one segment, under way on a thread of its own.
#[derive(Debug)]
pub(super) struct Preparation {
    thread: Option<JoinHandle<Result<Segment, WalError>>>,
}

impl Preparation {
    /// Starts to create segment `number`. Fails only if there can be no further thread.
    pub(super) fn start(directory: Arc<Directory>, number: u64, bytes: u64) -> io::Result<Preparation> {
        let thread = thread::Builder::new()
            .name("wal-prepare".into())
            .spawn(move || Segment::create(&directory, number, bytes))?;
        Ok(Preparation { thread: Some(thread) })
    }

    /// Waits for the segment.
    pub(super) fn finish(mut self) -> Result<Segment, WalError> {
        let thread = self.thread.take().expect("taken only here and in drop");
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Waits, so that whoever opens the directory next does not find a file growing under its hands.
impl Drop for Preparation {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // What became of the file does not matter: without a header it is not part of the log.
            let _ = thread.join();
        }
    }
}
