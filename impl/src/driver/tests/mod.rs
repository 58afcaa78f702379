//! One node whose peers, clock and disk are in the test's hands.

mod checkpoint;
mod golden;
mod inspect;
mod refuse;
mod reopen;

use super::{Driver, DriverConfig, HandleError, OpenError, Output};
use crate::placement::Placement;
use crate::wal::{Wal, WalConfig};
use crate::wire::ClusterId;
use katakv_core::{
    AckLevel, Entries, EntryId, Epoch, Index, Input, Limits, Message, NodeId, Op, Partition, Reply, Request,
    RequestBody, RequestId, Timer,
};
use std::path::Path;

const P: Partition = Partition(3);
const PEER: NodeId = NodeId(1);

fn config() -> DriverConfig {
    DriverConfig {
        cluster: ClusterId(7),
        id: NodeId(0),
        placement: Placement::OF_THREE,
        limits: Limits::default(),
        wal: WalConfig { segment_bytes: 4096 },
    }
}

/// A node that carries out its own appends, and keeps everything else that it is asked for.
struct Lone {
    driver: Driver,
    wal: Wal,
    outputs: Vec<Output>,
}

impl Lone {
    fn try_open(dir: &Path) -> Result<Lone, OpenError> {
        Lone::try_open_with(dir, config())
    }

    fn try_open_with(dir: &Path, config: DriverConfig) -> Result<Lone, OpenError> {
        let mut outputs = Vec::new();
        let (driver, wal) = Driver::open(dir, config, &mut outputs)?;
        assert_eq!(outputs.len(), 10);
        Ok(Lone {
            driver,
            wal,
            outputs: Vec::new(),
        })
    }

    fn open(dir: &Path) -> Lone {
        Lone::try_open(dir).unwrap()
    }

    /// Gives an input to the partition; records are appended to the log, not synced.
    fn handle(&mut self, input: Input) -> Result<(), HandleError> {
        let mut outputs = Vec::new();
        self.driver.handle(P, input, &mut outputs)?;
        for output in outputs {
            match output {
                Output::Append { partition, record } => {
                    self.wal.append(partition.0, &record).unwrap();
                }
                other => self.outputs.push(other),
            }
        }
        Ok(())
    }

    fn sync(&mut self) {
        self.wal.sync().unwrap();
        let records = self.driver.node(P).records_in_flight();
        self.handle(Input::Synced(records)).unwrap();
    }

    fn receive(&mut self, message: Message) -> Result<(), HandleError> {
        self.handle(Input::Receive { from: PEER, message })
    }

    /// Becomes the leader with the peer's leave and vote and commits its barrier with the peer's copy.
    fn lead(&mut self) {
        self.handle(Input::Timeout(Timer::Election)).unwrap();
        let epoch = self.driver.node(P).epoch();
        self.receive(Message::PreVoted { epoch }).unwrap();
        self.sync();
        let epoch = self.driver.node(P).epoch();
        self.receive(Message::Vote { epoch }).unwrap();
        self.sync();
        self.peer_has_all();
        assert!(self.driver.node(P).serving());
    }

    fn peer_has_all(&mut self) {
        let node = self.driver.node(P);
        let (epoch, matched) = (node.epoch(), katakv_core::Log::last(node.log()).index);
        self.receive(Message::Appended { epoch, matched }).unwrap();
    }

    fn write(&mut self, request: u64, key: &str, level: AckLevel) {
        let (key, value) = (key.into(), key.into());
        let body = RequestBody::Write {
            op: Op::Put { key, value },
            level,
        };
        let id = RequestId(request);
        self.handle(Input::Requests(vec![Request { id, body }])).unwrap();
    }

    fn read(&mut self, key: &str, seen: EntryId) -> Reply {
        let body = RequestBody::Read {
            key: key.into(),
            seen,
        };
        let id = RequestId(u64::MAX);
        self.handle(Input::Requests(vec![Request { id, body }])).unwrap();
        self.reply_to(u64::MAX).unwrap()
    }

    /// Takes the answer to a request, if there is one.
    fn reply_to(&mut self, id: u64) -> Option<Reply> {
        let is_it = |output: &Output| matches!(output, Output::Reply { request, .. } if request.0 == id);
        let place = self.outputs.iter().position(is_it)?;
        match self.outputs.remove(place) {
            Output::Reply { reply, .. } => Some(reply),
            _ => None,
        }
    }
}

fn heartbeat(epoch: u64, prev: EntryId, commit: Index) -> Message {
    Message::Append {
        epoch: Epoch(epoch),
        prev,
        commit,
        entries: Entries::default(),
    }
}
