//! How fast states are checked, and how much memory each takes, beside Stateright's own Paxos example.
//!
//! Each figure is of a process of its own, or what one search frees would hide what the next one needs.

use crate::action::StoreFate;
use crate::check;
use crate::memory;
use crate::paxos;
use crate::scope::Scope;
use crate::system::System;
use katakv_core::{AckLevel, Sound};
use std::time::Instant;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The main replication scope.
    Replication,
    /// Stateright's example.
    Paxos,
}

/// Every subject, and what it is called.
pub const SUBJECTS: [(Subject, &str); 2] = [(Subject::Replication, "replication"), (Subject::Paxos, "paxos")];

/// As many as are checked within seconds.
const PAXOS_CLIENTS: usize = 3;

/// Disks, two epochs, two writes, one crash, a network without order.
const REPLICATION: Scope = Scope {
    name: "replication",
    epochs: 2,
    writes: 2,
    levels: &[AckLevel::Quorum],
    crashes: 1,
    stores: &[StoreFate::Kept],
    ..Scope::BASE
};

/// One search to its end.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Unique states.
    pub unique: usize,
    /// How long it took.
    pub seconds: f64,
    /// By how much the process grew, in bytes.
    pub bytes: u64,
}

impl Measured {
    /// Unique states a second.
    pub fn rate(&self) -> f64 {
        self.unique as f64 / self.seconds
    }

    /// Bytes a unique state.
    pub fn bytes_each(&self) -> f64 {
        self.bytes as f64 / self.unique as f64
    }
}

/// Searches `subject` to its end on `threads` threads, in this process.
pub fn measure(subject: Subject, threads: usize) -> Measured {
    let (before, started) = (memory::resident_peak_kib(), Instant::now());
    let unique = match subject {
        Subject::Replication => {
            let report = check::exhaust(System::new(REPLICATION, &Sound), threads, |_| {});
            assert!(report.passes(), "the scope holds and is exhausted");
            report.unique
        }
        Subject::Paxos => paxos::check(PAXOS_CLIENTS, threads),
    };
    Measured {
        unique,
        seconds: started.elapsed().as_secs_f64(),
        bytes: (memory::resident_peak_kib() - before) * 1024,
    }
}
