//! What no scope shows, each with the reason. A reason that is out of date, because a scope shows it by now, is an error like a
//! missing one.

use super::Section;

/// What is not seen, and why.
pub(super) const ALL: &[(Section, &str, &str)] = &[
    (
        Section::Branches,
        "CheckpointMissing",
        "no disk of the model purges records: segments are the server's affair, and its tests'",
    ),
    (
        Section::Branches,
        "StoreFoundBehind",
        "an honest disk never shows it, which is what `no honest refusal` says; the core's test `recover` does",
    ),
    (
        Section::Branches,
        "StoreFoundAhead",
        "an honest disk never shows it, which is what `no honest refusal` says; the core's test `recover` does",
    ),
    (
        Section::Branches,
        "NumberedTooFarAhead",
        "a client would have to number more than a hundred writes; the core's story `client_outstanding` does",
    ),
    (
        Section::Branches,
        "ClockWhileHandingOver",
        "no scope has both clocks and hand-overs; the core's story `expiry_waits` does",
    ),
    (
        Section::Replies,
        "TooManyOutstanding",
        "a client would have to number more than a hundred writes; the core's story `client_outstanding` does",
    ),
];
