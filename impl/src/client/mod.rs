//! The client: sends operations to a cluster, directly or through a router, and keeps sessions true.
//!
//! It promises that
//! - an acknowledged write is in the session, and a read under the session includes it, or says LOST;
//! - a write is numbered, and sent again until it is answered; however often, it is carried out once. What is not answered
//!   within the deadline has an *unknown* outcome, and is told so. At level `leader` a new client may send it without a number, and once
//!   (`carry_out.rs`);
//! - every operation ends within its deadline, in an answer or in one error that names what was tried;
//! - it keeps its own names and numbers (`numbers.rs`), and nothing of a session: what a session knows is in the [`Session`](crate::session::Session) that the caller passes.
//!
//! ```no_run
//! use katakv::client::{Client, Options};
//! use katakv::session::Session;
//! use katakv_core::AckLevel;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::router("127.0.0.1:7100".parse()?, Options::default());
//! let mut session = Session::default();
//! client.put(&mut session, "greeting", "hello", AckLevel::Quorum).await?;
//! assert_eq!(client.get(&mut session, "greeting").await?.value, Some("hello".into()));
//! # Ok(())
//! # }
//! ```
//!
//! Where things are: `operations.rs` and `transactions.rs` are the client and what it does to a session, `carry_out.rs` sends its writes. `connection.rs` carries requests
//! and `calls.rs` says which of them were sent; `link.rs` reconnects. `cluster.rs` knows the nodes, `write.rs`,
//! `replicas.rs` and `fate.rs` choose among them for writes, reads (`read.rs`, `any_read.rs`, `scan.rs` with its `cursor.rs`) and fates, `await_level.rs` upgrades acknowledgements, `prefer.rs` says which replica reads go to first, `nearest.rs` which one that is by `latency.rs` and `measure.rs`, `quarantine.rs` looks for what was lost, `watch.rs` hears of elections, `transfer.rs` wants others to lead; `via_router.rs` leaves that to a router.

mod any_read;
mod await_level;
mod calls;
mod carry_out;
mod cluster;
mod connection;
mod cursor;
mod error;
mod fate;
mod latency;
mod leaders;
mod link;
mod measure;
mod nearest;
mod numbers;
mod operations;
mod patience;
mod prefer;
mod quarantine;
mod read;
mod replicas;
mod scan;
mod status;
mod transactions;
mod transfer;
mod tried;
mod via_router;
mod watch;
mod write;

pub use any_read::GotAny;
pub use await_level::AwaitError;
pub use calls::CallError;
pub use cluster::{Answer, Cluster, Failure, Options};
pub use connection::{CONNECT_TIMEOUT, Connection, IN_FLIGHT_MAX};
pub use cursor::{Cursor, NotACursor};
pub use error::{FateError, ReadError, TransactError, WriteError};
pub use operations::{Client, Got, Told, Written, put_for};
pub use prefer::{NotAPreference, Prefer};
pub use quarantine::{Reapplied, Reapply};
pub use scan::Scanned;
pub use status::ClusterStatus;
pub use transfer::TransferError;
pub use tried::{Outcome, Tried};
