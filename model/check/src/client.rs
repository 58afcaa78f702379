//! A client as an actor: it writes once through a message, then reads wherever it likes, carrying its token. It
//! checks what a session is promised from where the promise is made to: from outside.

use crate::digest::mix;
use katakv_core::{AckLevel, Bytes, EntryId, NodeId, Reply, Request, RequestBody, RequestId};
use katakv_core::{Op, REPLICAS};

/// The client's name on the network; the replicas are before it.
pub const CLIENT: NodeId = NodeId(REPLICAS as u8);

/// Reads are numbered from here, writes from zero.
pub(crate) const FIRST_READ: u64 = 1_000;

/// What the client does: one write, or none, then reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// The level that it asks its write to be acknowledged at. Without one it does not write.
    pub write: Option<AckLevel>,
    /// How many reads follow.
    pub reads: u8,
}

/// The client's state: its token, and what it has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The newest entry that it has seen.
    pub seen: EntryId,
    /// Whether its write was acknowledged.
    pub wrote: bool,
    /// Whether it was told that what it had seen is lost.
    pub told_lost: bool,
    /// Whether an answer missed its acknowledged write.
    pub stale: bool,
    /// Whether an answer was older than one before.
    pub went_back: bool,
    /// Whether it has read the value that is written.
    pub has_read: bool,
    /// How many session reads were answered with a value.
    pub answered: u8,
    asked_write: bool,
    asked_reads: u8,
    waits: bool,
}

impl Client {
    pub(crate) fn new(script: &Script) -> Client {
        Client {
            seen: EntryId::ZERO,
            wrote: false,
            told_lost: false,
            stale: false,
            went_back: false,
            has_read: false,
            answered: 0,
            asked_write: script.write.is_none(),
            asked_reads: 0,
            waits: false,
        }
    }

    /// Whether its next request is the write.
    pub(crate) fn writes_next(&self) -> bool {
        !self.asked_write
    }

    /// Whether it has something to ask.
    pub(crate) fn can_ask(&self, script: &Script) -> bool {
        !self.waits && !self.told_lost && self.asked_reads < script.reads
    }

    /// Whether its write is acknowledged, and nothing was asked since.
    pub(crate) fn is_between_write_and_read(&self) -> bool {
        self.wrote && self.asked_reads == 0
    }

    /// Its write was refused, and whoever routes it sends it again.
    pub(crate) fn asks_again(&mut self) {
        self.asked_write = false;
    }

    /// Its next request.
    pub(crate) fn ask(&mut self, script: &Script, key: &Bytes, value: &Bytes) -> Request {
        self.waits = true;
        if let Some(level) = script.write.filter(|_| self.writes_next()) {
            self.asked_write = true;
            return Request {
                id: RequestId(0),
                body: RequestBody::Write {
                    op: Op::Put {
                        key: key.clone(),
                        value: value.clone(),
                    },
                    level,
                },
            };
        }
        self.asked_reads += 1;
        Request {
            id: RequestId(FIRST_READ + u64::from(self.asked_reads)),
            body: RequestBody::Read {
                key: key.clone(),
                seen: self.seen,
            },
        }
    }

    /// Takes an answer. There is one write of the key in all. If it is the client's own and acknowledged, every read that
    /// is answered has it; and once it was read, every later answer has it, too.
    pub(crate) fn hear(&mut self, reply: &Reply, written: &Bytes) {
        self.waits = false;
        match reply {
            Reply::Written { at, .. } => {
                self.wrote = true;
                self.seen = *at;
            }
            Reply::Value { value, at, .. } => {
                let has_it = value.as_ref() == Some(written);
                self.stale |= self.wrote && !has_it;
                self.went_back |= *at < self.seen || (self.has_read && !has_it);
                self.has_read |= has_it;
                self.answered += 1;
                self.seen = self.seen.max(*at);
            }
            Reply::Lost(_) => self.told_lost = true,
            Reply::NotCaughtUp { .. }
            | Reply::Conflict { .. }
            | Reply::NotLeader { .. }
            | Reply::NotServing
            | Reply::Busy
            | Reply::Unknown { .. }
            | Reply::HandingOver { .. }
            | Reply::ClientExpired
            | Reply::TooManyOutstanding
            | Reply::AnyValue { .. }
            | Reply::NotYet { .. }
            | Reply::Page { .. }
            | Reply::Fate { .. } => {}
        }
    }

    pub(crate) fn digest(&self) -> u64 {
        let flags = [
            self.wrote,
            self.told_lost,
            self.stale,
            self.went_back,
            self.has_read,
            self.asked_write,
            self.waits,
        ];
        let flags = flags.iter().fold(0, |bits, flag| bits << 1 | u64::from(*flag));
        let counts = u64::from(self.answered) << 8 | u64::from(self.asked_reads);
        mix([self.seen.epoch.0, self.seen.index.0, flags, counts])
    }
}
