//! Only what can be shown is kept.

use super::{Killer, Mutant};
use katakv_core::{Op, Payload, Rules};

struct QuarantineWithoutDeletes;

pub(super) const MUTANT: Mutant = Mutant {
    name: "quarantine-without-deletes",
    words: "a delete that a log gives up is not kept: there is no value to keep",
    source: "MongoDB's rollback files, which hold documents",
    scope: "quarantine",
    rules: &QuarantineWithoutDeletes,
    killed_by: Killer::Property("lost writes are in quarantine"),
    also: &[],
};

impl Rules for QuarantineWithoutDeletes {
    fn quarantines(&self, payload: &Payload) -> bool {
        payload.ops().iter().any(|op| matches!(op, Op::Put { .. }))
    }
}
