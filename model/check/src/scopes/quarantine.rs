//! Acknowledged writes are truncated, and what they were is kept.

use crate::action::StoreFate;
use crate::scope::{Scope, Start};
use katakv_core::{AckLevel, Limits};

pub(super) const SCOPE: Scope = Scope {
    name: "quarantine",
    words: "A leader stands, one batch of a put and a delete at level leader, two epochs, one crash that keeps any prefix of the \
            un-synced records and all or nothing of the store: a truncation that the crash takes back, one that it keeps, and a \
            store that has lost the quarantine again. One loss is enough: each is of entries of their own.",
    limits: Limits {
        quarantine: true,
        ..Scope::BASE.limits
    },
    start: Start::Leading,
    epochs: 2,
    writes: 2,
    deletes: true,
    batches: &[2],
    levels: &[AckLevel::Leader],
    crashes: 1,
    stores: &[StoreFate::Kept, StoreFate::Lost],
    shows: &[
        "a delete is in quarantine",
        "a crash takes back a truncation",
        "a quarantine is found in the log again",
    ],
    ..Scope::BASE
};
