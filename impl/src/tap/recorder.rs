//! Recording: a buffer on the owner's side, a file on a thread's.

use super::event::{End, Event, Sum};
use super::file::{TapError, TapWriter, files};
use crate::codec;
use crate::driver::{Driver, DriverConfig, Output};
use crate::store::StoreError;
use crate::wire::PeerFrame;
use katakv_core::{
    EntryId, Epoch, Image, Input, Lineage, Log, MemStore, NodeId, Partition, Reply, RequestId, Store, Timer,
};
use serde::Serialize;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How old an event may get before it is handed over.
pub const HANDED_OVER_AFTER: Duration = Duration::from_millis(10);

/// How large a buffer is handed over at once.
const BLOCK_BYTES: usize = 128 << 10;

/// How many buffers may wait for the thread.
const BLOCKS_WAITING_MAX: usize = 16;

/// How much may wait on the owner's side besides; past it, recording ends.
const BEHIND_BYTES_MAX: usize = 16 << 20;

/// Room that is kept for the file's header, and for the last event.
const LAST_BYTES: u64 = 64;

/// What the first event of a block takes beside its encoding.
const BLOCK_HEADER_BYTES: u64 = 8;

/// What to record, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordConfig {
    /// Where; the three nodes of a cluster may share it, if they share a disk.
    pub dir: PathBuf,
    /// How much all of this node's files there may take, in bytes. Recording ends when it is reached.
    pub bytes_max: u64,
}

/// Records one node from one start to its end.
#[derive(Debug)]
pub struct Recorder {
    buffer: Vec<u8>,
    /// Lends its memory to sums.
    scratch: Vec<u8>,
    handed_over: Instant,
    /// How much of the buffer is whole turns. A record ends with one, whatever ends it.
    whole: usize,
    /// How many more bytes there may be.
    left: u64,
    ended: bool,
    blocks: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Begins with the node as it has just come back.
    ///
    /// # Errors
    /// [`TapError`]: nothing is recorded. Or the store's failure: end the node.
    pub fn start(
        config: &RecordConfig,
        node: &DriverConfig,
        driver: &Driver,
    ) -> Result<Result<Recorder, TapError>, Arc<StoreError>> {
        let begun = || -> Result<(TapWriter, u64), TapError> {
            let before = taken(config, node)?;
            let writer = TapWriter::create(&config.dir, node.id)?;
            Ok((writer, config.bytes_max.saturating_sub(before + LAST_BYTES)))
        };
        let (writer, left) = match begun() {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error)),
        };
        let (blocks, waiting) = sync_channel(BLOCKS_WAITING_MAX);
        let thread = thread::Builder::new()
            .name("tap".into())
            .spawn(move || put_away(writer, &waiting));
        let thread = match thread {
            Ok(thread) => thread,
            Err(source) => {
                let file = config.dir.clone();
                return Ok(Err(TapError::Io { file, source }));
            }
        };
        let mut recorder = Recorder {
            buffer: Vec::new(),
            scratch: Vec::new(),
            handed_over: Instant::now(),
            whole: 0,
            left,
            ended: false,
            blocks: Some(blocks),
            thread: Some(thread),
        };
        recorder.put(&Event::<Input, ()>::Started {
            cluster: node.cluster,
            node: node.id,
            members: node.members,
        });
        for partition in Partition::all() {
            let replica = driver.node(partition);
            let applied = replica.applied();
            let data = match replica.log().compacted() {
                EntryId::ZERO => Default::default(),
                _ => driver.dump(partition)?,
            };
            let quarantine = replica.store().quarantined(EntryId::ZERO, usize::MAX, usize::MAX);
            let replica = replica.to_mem(MemStore::new(applied, data, quarantine), Image::clone);
            recorder.put(&Event::<Input, _>::Recovered { partition, replica });
        }
        Ok(Ok(recorder))
    }

    /// The driver is about to get an input.
    pub fn input(&mut self, partition: Partition, input: &Input) {
        self.put(&Event::<&Input, ()>::Input { partition, input });
    }

    /// It has refused it.
    pub fn refused(&mut self) {
        self.put(&Event::<Input, ()>::Refused);
    }

    /// It has done with it, and asks for `outputs`.
    pub fn handled(&mut self, outputs: &[Output]) {
        for output in outputs {
            if let Output::SendState {
                partition, lineage, ..
            } = output
            {
                let (partition, at) = (*partition, lineage.last());
                self.put(&Event::<Input, ()>::Imaged { partition, at });
            }
        }
    }

    /// Records are about to be handed to the log, in this order.
    pub fn appended(&mut self, records: &[(u8, Vec<u8>)]) {
        for (partition, record) in records {
            self.put(&Event::<Input, ()>::Appended {
                partition: Partition(*partition),
                record: Sum::of_bytes(record),
            });
        }
    }

    /// Messages are about to be handed to the link to `to`, in this order.
    pub fn sent(&mut self, to: NodeId, frames: &[PeerFrame]) {
        for frame in frames {
            let message = Sum::of(&frame.message, &mut self.scratch);
            self.put(&Event::<Input, ()>::Sent {
                partition: frame.partition,
                to,
                message,
            });
        }
    }

    /// A state is about to be handed to the thread that sends states.
    pub fn state_sent(&mut self, partition: Partition, to: NodeId, epoch: Epoch, lineage: &Lineage) {
        let state = Sum::of_state(epoch, lineage, &mut self.scratch);
        self.put(&Event::<Input, ()>::StateSent { partition, to, state });
    }

    /// A client is about to be answered.
    pub fn replied(&mut self, request: RequestId, reply: &Reply) {
        let reply = Sum::of(reply, &mut self.scratch);
        self.put(&Event::<Input, ()>::Replied { request, reply });
    }

    /// A read was kept, to be presented again.
    pub fn parked(&mut self, request: RequestId) {
        self.put(&Event::<Input, ()>::Parked { request });
    }

    /// A timer was started anew.
    pub fn armed(&mut self, partition: Partition, timer: Timer) {
        self.put(&Event::<Input, ()>::Armed { partition, timer });
    }

    /// All outputs so far are done; hands over what is large or old enough.
    pub fn performed(&mut self) {
        self.put(&Event::<Input, ()>::Performed);
        self.whole = self.buffer.len();
        if self.buffer.len() >= BLOCK_BYTES || self.handed_over.elapsed() >= HANDED_OVER_AFTER {
            self.hand_over();
        }
    }

    /// The node stops in good order.
    pub fn stopped(mut self) {
        self.end(End::Stopped);
    }

    fn put<I: Serialize, N: Serialize>(&mut self, event: &Event<I, N>) {
        if self.ended {
            return;
        }
        let before = self.buffer.len();
        codec::encode_into(&mut self.buffer, event);
        let header = if before == 0 { BLOCK_HEADER_BYTES } else { 0 };
        let bytes = (self.buffer.len() - before) as u64 + header;
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => {
                // Half a turn would be of no use: nobody could tell what was left out from what was not done.
                self.buffer.truncate(self.whole);
                self.end(End::Limit);
            }
        }
    }

    fn end(&mut self, end: End) {
        if self.ended {
            return;
        }
        self.ended = true;
        codec::encode_into(&mut self.buffer, &Event::<Input, ()>::Ended(end));
        if end != End::Stopped {
            tracing::warn!(reason = %end, "recording ends");
        }
        self.hand_over();
    }

    /// Gives the buffer to the thread, if that has room; otherwise the events wait here.
    fn hand_over(&mut self) {
        let Some(blocks) = &self.blocks else { return };
        if self.buffer.is_empty() {
            return;
        }
        self.handed_over = Instant::now();
        match blocks.try_send(std::mem::take(&mut self.buffer)) {
            Ok(()) => {
                self.whole = 0;
                self.buffer.reserve(BLOCK_BYTES);
            }
            Err(TrySendError::Full(buffer)) => {
                let too_much = buffer.len() > BEHIND_BYTES_MAX;
                self.buffer = buffer;
                if too_much {
                    self.end(End::Behind);
                }
            }
            Err(TrySendError::Disconnected(_)) => {
                self.ended = true;
                self.blocks = None;
            }
        }
    }
}

impl Drop for Recorder {
    /// What was recorded gets into the file. Only here it is waited for.
    fn drop(&mut self) {
        if let Some(blocks) = self.blocks.take()
            && !self.buffer.is_empty()
        {
            // If the thread has ended, it has told why.
            let _ = blocks.send(std::mem::take(&mut self.buffer));
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How much the files of this node's earlier starts take.
fn taken(config: &RecordConfig, node: &DriverConfig) -> Result<u64, TapError> {
    if !config.dir.exists() {
        return Ok(0);
    }
    let mut bytes = 0;
    for file in files(&config.dir, node.id)? {
        let metadata = fs::metadata(&file).map_err(|source| TapError::Io { file, source })?;
        bytes += metadata.len();
    }
    Ok(bytes)
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
