//! The quarantine is thought to be on the store's disk.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct QuarantineForgottenAtRestart;

pub(super) const MUTANT: Mutant = Mutant {
    name: "quarantine-forgotten-at-restart",
    words: "a replica that restarts takes the quarantine from its store alone, which may be older than the truncation",
    source: "the store lags behind the log, here as everywhere",
    scope: "quarantine",
    rules: &QuarantineForgottenAtRestart,
    killed_by: Killer::Property("lost writes are in quarantine"),
    also: &[],
};

impl Rules for QuarantineForgottenAtRestart {
    fn recovers_quarantine(&self) -> bool {
        false
    }
}
