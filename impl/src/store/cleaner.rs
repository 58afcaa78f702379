//! The thread that removes generations which nobody needs any more. They may be large, and nobody waits for it.

use super::engine::Engine;
use super::error::StoreError;
use super::overlay::Overlays;
use katakv_core::Partition;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

/// How many keys are removed at a time.
const KEYS: usize = 1024;

#[derive(Debug)]
enum Job {
    Discard(Partition, u64),
    Stop,
}

/// The way to the thread.
#[derive(Clone, Debug)]
pub(super) struct Cleaning(Sender<Job>);

impl Cleaning {
    pub(super) fn discard(&self, partition: Partition, generation: u64) {
        // If it has ended, the next start finds the generation.
        let _ = self.0.send(Job::Discard(partition, generation));
    }
}

/// The running thread. Dropping it ends it; what is left to remove, the next start finds.
#[derive(Debug)]
pub(super) struct Cleaner {
    pub(super) cleaning: Cleaning,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Cleaner {
    pub(super) fn start(engine: Arc<Engine>, overlays: Arc<Overlays>) -> Result<Cleaner, StoreError> {
        let (sender, jobs) = channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let thread = {
            let stopped = Arc::clone(&stopped);
            thread::Builder::new()
                .name("store-cleaner".into())
                .spawn(move || {
                    if let Err(error) = run(&engine, &overlays, &jobs, &stopped) {
                        overlays.fail(error);
                    }
                })
                .map_err(StoreError::Thread)?
        };
        Ok(Cleaner {
            cleaning: Cleaning(sender),
            stopped,
            thread: Some(thread),
        })
    }
}

fn run(
    engine: &Engine,
    overlays: &Overlays,
    jobs: &Receiver<Job>,
    stopped: &AtomicBool,
) -> Result<(), StoreError> {
    while let Ok(Job::Discard(partition, generation)) = jobs.recv() {
        // Not before the engine knows of the generation that takes its place, and of all that was to go into this one.
        if !overlays.wait_for_sync() {
            return Ok(());
        }
        let mut removed_to = Vec::new();
        while let Some(last) = engine.remove_page(partition, generation, &removed_to, KEYS)? {
            if stopped.load(Ordering::Relaxed) {
                return Ok(());
            }
            removed_to = last;
        }
    }
    Ok(())
}

impl Drop for Cleaner {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let _ = self.cleaning.0.send(Job::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic is on the standard error output, and leaves garbage.
            let _ = thread.join();
        }
    }
}
