//! Recording: events become bytes, and turns.

use super::event::{End, Event, Sum};
use super::file::{TapError, TapWriter, files};
use super::tape::{Put, Tape};
use crate::codec;
use crate::driver::{Driver, DriverConfig, Output};
use crate::store::StoreError;
use crate::wire::PeerFrame;
use katakv_core::{
    EntryId, Epoch, Image, Input, Lineage, Log, MemStore, Message, NodeId, Partition, Reply, RequestId,
    Store, Timer,
};
use serde::Serialize;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How old an event may get before it is handed over.
pub const HANDED_OVER_AFTER: Duration = Duration::from_millis(10);

/// Room that is kept for the file's header, and for the last event.
const LAST_BYTES: u64 = 64;

/// What the first event of a block takes beside its encoding. It is counted for each turn, though several share a block.
const BLOCK_HEADER_BYTES: u64 = 8;

/// What to record, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordConfig {
    /// Where; the nodes of a cluster may share it, if they share a disk.
    pub dir: PathBuf,
    /// How much all of this node's files there may take, in bytes. Recording ends when it is reached.
    pub bytes_max: u64,
}

/// Records one node from one start to its end; or one of its owners, whose turns then stand among those of the others, each turn
/// as a whole.
#[derive(Debug)]
pub struct Recorder {
    buffer: Vec<u8>,
    /// Lends its memory to sums.
    scratch: Vec<u8>,
    /// The messages of this turn that carry entries: mostly another follower gets the same.
    carried: Vec<(PeerFrame, Sum)>,
    ended: bool,
    tape: Arc<Tape>,
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
        let tape = match Tape::start(writer, left) {
            Ok(tape) => Arc::new(tape),
            Err(source) => {
                let file = config.dir.clone();
                return Ok(Err(TapError::Io { file, source }));
            }
        };
        let mut recorder = Recorder {
            buffer: Vec::new(),
            scratch: Vec::new(),
            carried: Vec::new(),
            ended: false,
            tape,
        };
        recorder.put(&Event::<Input, ()>::Started {
            cluster: node.cluster,
            node: node.id,
        });
        for partition in driver.partitions() {
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
            let message = self.sum_of(frame);
            self.put(&Event::<Input, ()>::Sent {
                partition: frame.partition,
                to,
                message,
            });
        }
    }

    /// What a message is known by. Entries are shared, so that the same ones are quickly told from others.
    fn sum_of(&mut self, frame: &PeerFrame) -> Sum {
        let carries = matches!(&frame.message, Message::Append { entries, .. } if !entries.is_empty());
        let known = || self.carried.iter().find(|(other, _)| other == frame);
        if let Some((_, sum)) = carries.then(known).flatten() {
            return *sum;
        }
        let sum = Sum::of(&frame.message, &mut self.scratch);
        if carries {
            self.carried.push((frame.clone(), sum));
        }
        sum
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

    /// All that was asked for so far is done, but that the messages are yet to be handed to the links: before that, the turn has
    /// to have its place in the record.
    pub fn performed(&mut self) {
        self.put(&Event::<Input, ()>::Performed);
        self.carried.clear();
        self.turn();
    }

    /// So many recorders for the node's owners in place of the one for all of it.
    pub fn split(mut self, count: usize) -> Vec<Recorder> {
        self.turn();
        self.tape.divide(count);
        let part = |_| Recorder {
            buffer: Vec::new(),
            scratch: Vec::new(),
            carried: Vec::new(),
            ended: self.ended,
            tape: Arc::clone(&self.tape),
        };
        let parts = (0..count).map(part).collect();
        self.ended = true;
        parts
    }

    /// The node stops in good order, after a whole turn. The last of its recorders says so in the file.
    pub fn stopped(mut self) {
        let end = codec::encode(&Event::<Input, ()>::Ended(End::Stopped));
        self.tape.stop(&self.buffer, &end);
        self.ended = true;
    }

    fn put<I: Serialize, N: Serialize>(&mut self, event: &Event<I, N>) {
        if self.ended {
            return;
        }
        let before = self.buffer.len();
        codec::encode_into(&mut self.buffer, event);
        let header = if before == 0 { BLOCK_HEADER_BYTES } else { 0 };
        let bytes = (self.buffer.len() - before) as u64 + header;
        if !self.tape.takes(bytes) {
            // Half a turn would be of no use: nobody could tell what was left out from what was not done.
            self.buffer.clear();
            self.end(End::Limit);
        }
    }

    /// Recording ends for all of the node. What its other recorders have not handed over is not in the file, as if the node had
    /// been cut off.
    fn end(&mut self, end: End) {
        if self.ended {
            return;
        }
        self.ended = true;
        codec::encode_into(&mut self.buffer, &Event::<Input, ()>::Ended(end));
        if self.tape.end(&self.buffer) {
            tracing::warn!(reason = %end, "recording ends");
        }
    }

    /// Gives what there is its place in the record.
    fn turn(&mut self) {
        if self.ended || self.buffer.is_empty() {
            return;
        }
        let put = self.tape.put(&self.buffer);
        self.buffer.clear();
        match put {
            Put::Taken => {}
            Put::Behind => self.end(End::Behind),
            Put::Ended => self.ended = true,
        }
    }
}

impl Drop for Recorder {
    /// The node has failed. What led to that gets into the file, and nothing after it.
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.tape.end(&self.buffer);
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
