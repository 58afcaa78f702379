//! What the sentences that say why a property does not hold have in common.

use super::entry_at;
use crate::ledger::Ack;
use crate::state::State;
use crate::words::Run;
use katakv_core::{Index, Log, MemLog, SessionRead};
use std::fmt;

/// What a log has at an index: `e2:3 v0`, or nothing.
pub(super) fn told(state: &State, log: &MemLog, at: Index) -> String {
    match (entry_at(state, log, at), log.epoch_at(at)) {
        (Some(entry), _) => Run(std::slice::from_ref(entry)).to_string(),
        (None, Some(epoch)) => format!("{epoch}:{at}, of which it knows the epoch alone"),
        (None, None) => "nothing".into(),
    }
}

/// A write that was acknowledged: `v0 (e2:3)`.
pub(super) struct Write<'a>(pub(super) &'a Ack);

impl fmt::Display for Write<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{} ({})", self.0.write, self.0.at)
    }
}

/// What a session is told.
pub(super) fn answer(said: SessionRead) -> String {
    match said {
        SessionRead::Answer => "that it may read".into(),
        SessionRead::NotCaughtUp => "that it has not caught up".into(),
        SessionRead::Lost(range) => format!("that {range} is LOST"),
    }
}
