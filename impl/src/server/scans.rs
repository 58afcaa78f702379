//! The thread that reads the pages of scans: one may take longer than an owner can keep everybody else waiting.
//!
//! The owner has decided that a session may be answered, and as of which state; it has a view of that state taken at once. The page
//! is read here and goes back to the owner, which answers with it. Those that are asked for later wait for it, and nobody else does. How many wait is bounded by the
//! budget that each of the requests has a share of.

use super::error::ServeError;
use super::inbox::Inbox;
use crate::store::ScanView;
use katakv_core::{EntryId, Reply, RequestId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

/// A page that is to be read, and for whom.
#[derive(Debug)]
struct Job {
    owner: usize,
    request: RequestId,
    at: EntryId,
    view: ScanView,
}

/// The running thread. Dropping it ends it after the page that it reads: it holds the store open.
#[derive(Debug)]
pub(super) struct Scans {
    /// Until this is dropped.
    jobs: Option<Sender<Job>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Scans {
    pub(super) fn start(inbox: Inbox) -> Result<Scans, ServeError> {
        let (jobs, to_do) = channel();
        let stopped = Arc::<AtomicBool>::default();
        let run = {
            let stopped = Arc::clone(&stopped);
            move || run(&to_do, &stopped, &inbox)
        };
        let thread = thread::Builder::new().name("scans".into());
        let thread = thread.spawn(run).map_err(ServeError::Thread)?;
        Ok(Scans {
            jobs: Some(jobs),
            stopped,
            thread: Some(thread),
        })
    }

    /// Reads the page that is of the state `at`, for the owner at `owner`.
    pub(super) fn read(&self, owner: usize, request: RequestId, at: EntryId, view: ScanView) {
        let job = Job {
            owner,
            request,
            at,
            view,
        };
        if let Some(jobs) = &self.jobs {
            // A panic of the thread is on the standard error output; the request is left without an answer.
            let _ = jobs.send(job);
        }
    }
}

/// Until there are no more, or until the engine fails: then the node is about to end.
fn run(jobs: &Receiver<Job>, stopped: &AtomicBool, inbox: &Inbox) {
    for Job {
        owner,
        request,
        at,
        view,
    } in jobs
    {
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        match view.read() {
            Ok(page) => inbox.page(owner, request, Reply::Page { page, at }),
            Err(_) => return,
        }
    }
}

impl Drop for Scans {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic is on the standard error output, and the node ends anyway.
            let _ = thread.join();
        }
    }
}
