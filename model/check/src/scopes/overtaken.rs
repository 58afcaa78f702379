//! Appends that are overtaken.

use crate::scope::{Disks, Scope, Start};
use katakv_core::Limits;

pub(super) const SCOPE: Scope = Scope {
    name: "overtaken",
    words: "A leader stands; two writes, a window of two, and a network without order: an append arrives after a later one \
            of the same leader, and after that one was acknowledged. One epoch, no crash, disks that sync at once: nothing \
            else is needed for it, and with more the rejections multiply.",
    disks: Disks::Immediate,
    limits: Limits {
        window: 2,
        ..Scope::BASE.limits
    },
    start: Start::Leading,
    writes: 2,
    shows: &[
        "two spans are in flight",
        "a rejection is answered by a probe",
        "acknowledged at quorum",
    ],
    ..Scope::BASE
};
