//! What clients asked and heard, as Stateright's linearizability tester wants it.
//!
//! An operation begins when it reaches the leader and ends when its answer leaves. A real client's takes longer on
//! both sides, and a history stays linearizable when operations take longer: this is the strictest reading. Each
//! operation has a client of its own, because one client's operations are ordered in time already. A write that is not
//! answered, or at level `leader`, which promises no majority, stays open: it may have happened or not.

use crate::digest::{digest, mix};
use stateright::semantics::register::{Register, RegisterOp, RegisterRet};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester};

/// The names of reading clients begin here; a write's client is called as the write.
const READERS: u8 = 100;

/// One register's history. 0 is the value of a key that was never written.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    tester: LinearizabilityTester<u8, Register<u8>>,
    /// How many reads were asked for.
    pub reads: u8,
    /// How many reads were answered.
    pub answered: u8,
    /// Whether there is an order of the operations that explains the answers and keeps to their times.
    pub linearizable: bool,
}

impl Eq for History {}

impl History {
    pub(crate) fn new() -> History {
        History {
            tester: LinearizabilityTester::new(Register(0)),
            reads: 0,
            answered: 0,
            linearizable: true,
        }
    }

    pub(crate) fn write_begins(&mut self, write: u8) {
        let begun = self.tester.on_invoke(write, RegisterOp::Write(write + 1));
        begun.expect("each write is asked for once");
    }

    pub(crate) fn write_ends(&mut self, write: u8) {
        self.end(write, RegisterRet::WriteOk);
    }

    pub(crate) fn read_begins(&mut self) {
        let begun = self.tester.on_invoke(READERS + self.reads, RegisterOp::Read);
        begun.expect("each read is asked for once");
        self.reads += 1;
    }

    /// The read with this number got the value of `write`, or none.
    pub(crate) fn read_ends(&mut self, read: u8, write: Option<u8>) {
        self.answered += 1;
        let value = write.map_or(0, |write| write + 1);
        self.end(READERS + read, RegisterRet::ReadOk(value));
    }

    /// Only an answer can contradict; so only here is it asked.
    fn end(&mut self, client: u8, answer: RegisterRet<u8>) {
        let ended = self.tester.on_return(client, answer);
        ended.expect("each operation is answered once");
        self.linearizable = self.tester.is_consistent();
    }

    pub(crate) fn digest(&self) -> u64 {
        mix([digest(&self.tester), u64::from(self.reads)])
    }
}
