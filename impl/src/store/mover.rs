//! The thread that moves what was applied into the engine, so that the engine's stalls are not the node's.

use super::engine::Engine;
use super::error::StoreError;
use super::overlay::{Overlays, Work};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// The running thread. Dropping it lets it finish what there is.
#[derive(Debug)]
pub(super) struct Mover {
    overlays: Arc<Overlays>,
    thread: Option<JoinHandle<()>>,
}

impl Mover {
    pub(super) fn start(engine: Arc<Engine>, overlays: Arc<Overlays>) -> Result<Mover, StoreError> {
        let thread = {
            let overlays = Arc::clone(&overlays);
            thread::Builder::new()
                .name("store".into())
                .spawn(move || run(&engine, &overlays))
                .map_err(StoreError::Thread)?
        };
        Ok(Mover {
            overlays,
            thread: Some(thread),
        })
    }
}

/// Until there is no more work, or until the engine fails: then nothing is tried again, since nobody knows what the
/// engine has.
fn run(engine: &Engine, overlays: &Overlays) {
    let _tell = TellPanic(overlays);
    while let Some(Work { batches, sync }) = overlays.take() {
        let mut moved = engine.commit(&batches);
        if sync.is_some() {
            moved = moved.and_then(|()| engine.sync());
        }
        if let Err(error) = moved {
            return overlays.fail(error);
        }
        drop(batches);
        overlays.done(sync);
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        self.overlays.close();
        if let Some(thread) = self.thread.take() {
            // A panic is told by `TellPanic`.
            let _ = thread.join();
        }
    }
}

/// A panic, of the engine say, is a failure like any other: nobody may wait for this thread in vain.
struct TellPanic<'a>(&'a Overlays);

impl Drop for TellPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail(StoreError::Panicked);
        }
    }
}
