//! What can be wrong with an event of a record.

use super::promises::Broken;
use katakv::driver::limits::LimitError;
use katakv::tap::TapError;
use katakv_core::{RecoverError, Timer, Violation};

/// What is wrong with an event.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The tap cannot be read on.
    #[error(transparent)]
    Tap(#[from] TapError),
    /// An event where it cannot be.
    #[error("out of place: {0}")]
    OutOfPlace(&'static str),
    /// A replica came back with a state that its records do not lead to.
    #[error("it came back with a state that its disk did not hold: {0}")]
    CameBack(String),
    /// The disk's records do not fold.
    #[error("its records contradict each other: {0}")]
    Records(#[from] RecoverError),
    /// It was given what no honest peer says, and did not refuse it.
    #[error("it took a message that it has to refuse: {0}")]
    Violation(#[from] Violation),
    /// It was given a message that is too large, and did not refuse it.
    #[error("it took a message that it has to refuse: {0}")]
    Limit(#[from] LimitError),
    /// It refused a message that is in order.
    #[error("it refused a message that is in order")]
    Refused,
    /// A timer fired that was not armed.
    #[error("{fired:?} fired, but {}", armed.map_or("no timer was armed".into(), |armed| format!("{armed:?} was armed")))]
    NotArmed {
        /// Which.
        fired: Timer,
        /// The one that was, if one was.
        armed: Option<Timer>,
    },
    /// More records were reported durable than were in flight.
    #[error("{synced} records are reported durable, but {in_flight} are in flight")]
    NotInFlight {
        /// How many were reported.
        synced: u32,
        /// How many there were.
        in_flight: usize,
    },
    /// The protocol asserts against this input.
    #[error("the protocol fails an assertion: the input cannot follow what came before it")]
    Assertion,
    /// It did something that was not due, or something else than what was.
    #[error("it {did}, but {}", due.as_deref().map_or("nothing of the kind was due".into(), |due| format!("due was {due}")))]
    NotDue {
        /// What it did.
        did: String,
        /// What was due.
        due: Option<String>,
    },
    /// It went on without doing what was due.
    #[error("it did not do what was due: {0}")]
    Undone(String),
    /// Its peer has not sent that.
    #[error("it received what its peer never sent")]
    NeverSent,
    /// Its peer has sent that only after it was received.
    #[error("it received what its peer sent only later, as a consequence of it")]
    SentLater,
    /// The cluster as a whole breaks a promise.
    #[error("{0}")]
    Broken(#[from] Broken),
}
