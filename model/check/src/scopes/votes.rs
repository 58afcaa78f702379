//! Elections alone.

use crate::scope::Scope;

pub(super) const SCOPE: Scope = Scope {
    name: "votes",
    words: "Two epochs and two crashes, no write: every way in which candidates, votes, their records and crashes can \
            meet. A vote is given once in an epoch, so one crash is needed to give it twice; the second is for good \
            measure.",
    epochs: 2,
    crashes: 2,
    shows: &[
        "a leader serves",
        "a later epoch's leader serves",
        "two leaders of different epochs",
        "a replica that has voted crashes",
        "a stale candidate is refused",
        "a deposed leader learns of it",
    ],
    ..Scope::BASE
};
