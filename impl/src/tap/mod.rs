//! What a node did, recorded at the driver's edge: what it was given, in order, and what it then really did.
//!
//! A record is for whoever does not want to take the node's word: `katakv-conformance validate` replays the inputs through
//! the protocol's `step` and compares. So inputs are kept whole, and of what was done there is a checksum: what it should
//! have been, the replay knows.
//!
//! # Where it listens
//! ```text
//!   messages, timers, requests, sync reports             the log, the links, the answers, the timers
//!                 |                                                       ^
//!                 |  Input                     Appended, Sent, Replied, Armed
//!                 v                                                       |
//!             +-----------------------------------------------------------------+
//!             |                 an owner, around its driver                     |
//!             +-----------------------------------------------------------------+
//! ```
//! Outside of what an owner does with its driver's outputs: a record that goes to the log out of order, an answer that is
//! given twice, a timer that is not armed are in the tap as they happened.
//!
//! # What it costs and what it bounds
//! Each owner encodes the events of a turn and puts them onto the node's tape as a whole, before its messages leave; a thread
//! puts that into the file, when it is large or [`HANDED_OVER_AFTER`] old. So the file has the turns of all owners in one order,
//! and a killed process takes at most the events of that time with it: its file then has no [`Event::Ended`]. Files grow up to a limit together, and recording ends with the reason when it is reached, or when
//! the thread does not keep up. The node goes on in either case.
//!
//! `file.rs` tells the format, `event.rs` the events.

mod event;
mod file;
mod recorder;
mod tape;
#[cfg(test)]
mod tests;

pub use event::{End, Event, Sum};
pub use file::{TapError, TapFile, TapWriter, files};
pub use recorder::{HANDED_OVER_AFTER, RecordConfig, Recorder};
