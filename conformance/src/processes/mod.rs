//! Traces on three real processes: `katakv serve` over sockets, with `kill -9`, stops, and a network that cuts, holds, reorders
//! and repeats.
//!
//! The processes have clocks of their own, and are not asked to wait for anybody: a trace cannot be followed step for step as
//! it can on nodes in the harness's hands. It is a *course* that they are steered along. What the harness has in its hands is
//! the network, the processes themselves, and the clients:
//!
//! - [`nodes`] starts, kills, stops, continues and refills the processes;
//! - [`network`] is what they are connected by, over six [`ways`]: it holds the messages of one partition, and lets out those that
//!   the trace delivers, when it delivers them;
//! - [`orders`] reads a trace as orders: whose message of which kind is let out, who may campaign, who is killed, what a
//!   client asks;
//! - [`course`] takes a trace from its cast to its end, `giving.rs` gives the orders and waits a moment for what each needs, and
//!   [`tally`] counts what came of them;
//! - [`clients`] ask, and [`promises`] are what they were promised: what they were told is held against what they are told later;
//! - [`suite`] says which traces, and takes all of them on a few clusters at a time.
//!
//! Whether the processes kept to the protocol is not judged by how closely they followed. After each trace everything is let
//! go, the group has to find together, and the client's promises have to hold; at the end what the processes have recorded is
//! replayed through the model ([`crate::validate`]).

pub mod clients;
pub mod course;
mod giving;
pub mod network;
pub mod nodes;
pub mod orders;
pub mod promises;
pub mod suite;
pub mod tally;
pub mod ways;

pub use nodes::{AS_KATAKV, Processes};
