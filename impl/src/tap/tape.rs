//! What the recorders of one node share: the turns of all owners, in one order, and the way into the file.
//!
//! A turn is put here as a whole before its messages leave. So what a peer heard of it is put there later, and what comes back
//! of that is put here later still: the nodes' files can be read side by side, and nobody waits for what stands behind what
//! waits for him.

use super::file::TapWriter;
use super::recorder::HANDED_OVER_AFTER;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// How large a block is handed over at once.
const BLOCK_BYTES: usize = 128 << 10;

/// How many blocks may wait for the thread.
const BLOCKS_WAITING_MAX: usize = 16;

/// How much may wait here besides; past it, recording ends.
const BEHIND_BYTES_MAX: usize = 16 << 20;

#[derive(Debug)]
pub(super) struct Tape {
    /// How many more bytes there may be.
    left: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The next block.
    block: Vec<u8>,
    handed_over: Instant,
    /// How many recorders have not stopped in good order.
    running: usize,
    /// Nothing follows any more.
    ended: bool,
    /// To the thread, until this is dropped.
    blocks: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

/// What became of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    Taken,
    /// So much waits for the thread that recording has to end.
    Behind,
    /// Recording has ended.
    Ended,
}

impl Tape {
    /// With room for `left` bytes, for one recorder.
    pub(super) fn start(writer: TapWriter, left: u64) -> io::Result<Tape> {
        let (blocks, waiting) = sync_channel(BLOCKS_WAITING_MAX);
        let thread = thread::Builder::new()
            .name("tap".into())
            .spawn(move || put_away(writer, &waiting))?;
        Ok(Tape {
            left: AtomicU64::new(left),
            state: Mutex::new(State {
                block: Vec::new(),
                handed_over: Instant::now(),
                running: 1,
                ended: false,
                blocks: Some(blocks),
                thread: Some(thread),
            }),
        })
    }

    /// From now on it is for so many recorders.
    pub(super) fn divide(&self, recorders: usize) {
        self.lock().running = recorders;
    }

    /// Whether there is room for so many bytes more; they are counted then.
    pub(super) fn takes(&self, bytes: u64) -> bool {
        let fits = |left: u64| left.checked_sub(bytes);
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits);
        taken.is_ok()
    }

    /// Puts a whole turn, and hands over what is large or old enough. Does not wait for the thread.
    pub(super) fn put(&self, turn: &[u8]) -> Put {
        let mut state = self.lock();
        if state.ended {
            return Put::Ended;
        }
        state.block.extend_from_slice(turn);
        if state.block.len() >= BLOCK_BYTES || state.handed_over.elapsed() >= HANDED_OVER_AFTER {
            state.hand_over();
        }
        match state.block.len() > BEHIND_BYTES_MAX {
            true => Put::Behind,
            false => Put::Taken,
        }
    }

    /// Puts the last of all, and does not wait for the thread. Whether it is: nothing comes after an end.
    pub(super) fn end(&self, last: &[u8]) -> bool {
        let mut state = self.lock();
        if state.ended {
            return false;
        }
        state.block.extend_from_slice(last);
        state.hand_over();
        state.ended = true;
        true
    }

    /// Puts the last of one recorder. With the last recorder, `end` follows, and nothing more.
    pub(super) fn stop(&self, last: &[u8], end: &[u8]) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        state.block.extend_from_slice(last);
        state.running -= 1;
        if state.running == 0 {
            state.block.extend_from_slice(end);
            state.ended = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the tape")
    }
}

impl State {
    /// Gives the block to the thread, if that has room; otherwise it waits here, and grows.
    fn hand_over(&mut self) {
        let Some(blocks) = self.blocks.as_ref().filter(|_| !self.block.is_empty()) else {
            return;
        };
        self.handed_over = Instant::now();
        match blocks.try_send(std::mem::take(&mut self.block)) {
            Ok(()) => self.block.reserve(BLOCK_BYTES),
            Err(TrySendError::Full(block)) => self.block = block,
            // The thread has told why.
            Err(TrySendError::Disconnected(_)) => self.ended = true,
        }
    }
}

impl Drop for Tape {
    /// Everything that was put is in the file when the last recorder is gone. Only here it is waited for.
    fn drop(&mut self) {
        let mut state = self.lock();
        let block = std::mem::take(&mut state.block);
        if let Some(blocks) = state.blocks.take()
            && !block.is_empty()
        {
            // If the thread has ended, it has told why.
            let _ = blocks.send(block);
        }
        let thread = state.thread.take();
        drop(state);
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

/// The thread: blocks into the file, until there are no more or one does not fit.
fn put_away(mut writer: TapWriter, blocks: &Receiver<Vec<u8>>) {
    for block in blocks {
        if let Err(error) = writer.block(&block) {
            tracing::error!(%error, "recording ends: the record cannot be put into its file");
            return;
        }
    }
}
