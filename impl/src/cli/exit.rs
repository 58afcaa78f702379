//! How a command ends: the exit code for scripts, and the sentence for people.

use crate::client::{FateError, ReadError, WriteError};
use crate::session::SessionFileError;
use std::fmt::Display;

/// The exit codes, as `katakv --help` documents them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Done.
    Ok = 0,
    /// Failed for a reason that has no code of its own.
    Failed = 1,
    /// The command line is wrong; clap exits with it, too.
    Usage = 2,
    /// The key has no value.
    NotFound = 3,
    /// A failover truncated what the session has seen, or what was asked about.
    Lost = 4,
    /// Nobody answered in time; a write was surely not carried out.
    Unavailable = 5,
    /// A write may have been carried out or not, or may still reach the level that is awaited.
    OutcomeUnknown = 6,
    /// A disk or a backup is damaged.
    Damaged = 7,
    /// A condition did not hold, so nothing was changed.
    Conflict = 8,
}

impl Code {
    /// All of them.
    pub const ALL: [Code; 9] = [
        Code::Ok,
        Code::Failed,
        Code::Usage,
        Code::NotFound,
        Code::Lost,
        Code::Unavailable,
        Code::OutcomeUnknown,
        Code::Damaged,
        Code::Conflict,
    ];
}

/// Why a command did not succeed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Display) -> Failure {
        Failure {
            code,
            message: message.to_string(),
        }
    }

    pub(super) fn failed(message: impl Display) -> Failure {
        Failure::new(Code::Failed, message)
    }

    pub(super) fn usage(message: impl Display) -> Failure {
        Failure::new(Code::Usage, format!("{message}\nFor more, try `katakv --help`."))
    }
}

const AFTER_LOST: &str = "They were acknowledged by their leader alone, and a failover truncated them. The session still \
stands where it stood. To go on without them, run the same command with --forget-lost.";
const AFTER_UNAVAILABLE: &str = "Run it again later; `katakv status` shows which nodes answer.";

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        match error {
            ReadError::Lost { .. } => Failure::new(Code::Lost, format!("{error}\n{AFTER_LOST}")),
            ReadError::Unavailable { .. } => {
                Failure::new(Code::Unavailable, format!("{error}\n{AFTER_UNAVAILABLE}"))
            }
            ReadError::Invalid(_) => Failure::failed(error),
            ReadError::OtherCluster(_) => Failure::failed(format!("{error}: check the addresses")),
        }
    }
}

impl From<FateError> for Failure {
    fn from(error: FateError) -> Failure {
        match error {
            FateError::Unavailable { .. } => {
                Failure::new(Code::Unavailable, format!("{error}\n{AFTER_UNAVAILABLE}"))
            }
            FateError::Invalid(_) => Failure::failed(error),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Failure {
        match error {
            WriteError::Lost { .. } => Failure::new(Code::Lost, format!("{error}\n{AFTER_LOST}")),
            WriteError::Unavailable { .. } => {
                Failure::new(Code::Unavailable, format!("{error}\n{AFTER_UNAVAILABLE}"))
            }
            WriteError::OutcomeUnknown { .. } => Failure::new(
                Code::OutcomeUnknown,
                format!("{error}\nRead the key before you write it again."),
            ),
            WriteError::Invalid(_) => Failure::failed(error),
            WriteError::OtherCluster(_) => Failure::failed(format!("{error}: check the addresses")),
        }
    }
}

impl From<SessionFileError> for Failure {
    fn from(error: SessionFileError) -> Failure {
        Failure::failed(error)
    }
}
