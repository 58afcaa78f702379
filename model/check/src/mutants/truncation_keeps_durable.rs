//! The log was durable to there. What stands there now is not, and is applied: after a
//! crash the store is ahead of its log.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct TruncationKeepsDurable;

pub(super) const MUTANT: Mutant = Mutant {
    name: "truncation-keeps-durable",
    words: "a record that truncates does not lower the durable index",
    source: "a watermark that only ever rises",
    scope: "catchup",
    rules: &TruncationKeepsDurable,
    killed_by: Killer::Property("no honest refusal"),
    also: &[],
};

impl Rules for TruncationKeepsDurable {
    fn durable_after_truncation(&self, durable: Index, _after: Index, last: Index) -> Index {
        durable.min(last)
    }
}
