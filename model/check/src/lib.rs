//! The model of KataKV: three replicas of one partition, their disks, a network and clients, searched exhaustively.
//!
//! The replicas run `katakv_core::step`, the very function that the server runs; what is modelled is everything
//! around it. A [`Scope`] bounds the world, a [`System`] is a scope under certain rules, and a search sees every one
//! of its [`State`]s:
//!
//! ```
//! use katakv_core::Sound;
//! use katakv_model::{System, check, scopes};
//!
//! let tiny = scopes::find("tiny").unwrap();
//! let report = check::exhaust(System::new(tiny, &Sound), 1, |_| {});
//! assert!(report.passes());
//! ```
//!
//! Where things are:
//! - *the world*: `replica.rs` (a node, its disk and its timer), `disk.rs` (what is synced, what a crash may take),
//!   `network.rs` (three kinds), `client.rs` (a session with a token), `ledger.rs` (what clients were told), `history.rs`
//!   (what they were told when);
//! - *its motion*: `action.rs` (what can happen; what must change nothing is in `idle.rs`), `enabled.rs` (when), `perform.rs` (what comes of it; the
//!   reductions are argued there) with `given.rs` (to a replica), `dispatch.rs` (by it) and `account.rs` (beside it), `numbered.rs` (a client
//!   that sends its writes again), `state.rs` (how states are told apart);
//! - *what is asked of it*: [`properties`] (promises, one a file), [`witnesses`] (what must happen for a promise to
//!   mean something), [`mutants`] (wrong protocols that must be noticed), [`scopes`] (how far is looked);
//!   `oracle.rs` applies a log a second time, naively, for what is promised of stores;
//! - *asking*: [`check`] (exhaustive search; random walks in `walks.rs` where that cannot end), [`shortest`] (the
//!   shortest way to a state), [`recovery`] (whether replicas find together
//!   again), [`hunt`] (mutants), [`matrix`] (who notices them),
//!   [`coverage`] (what was seen of all that can occur), [`explore`] (Stateright's Explorer), [`table`] (what is printed),
//!   `trace.rs` (paths as JSON), `told.rs` (as text), [`source`] (where they come from), [`diagram`] (their pictures),
//!   [`golden`] (those that are kept), [`report`] (a page of a run), [`json`] (for machines), [`interrupt`] (Ctrl-C);
//! - *a second opinion*: [`actors`], the same system out of Stateright's own actors, network and timers.
//!
//! Names are stable: a state and its renamings share a digest, but none is rewritten into another, so the replicas
//! of a [`Trace`] are the same ones from its first step to its last.

mod account;
mod action;
pub mod actors;
pub mod check;
mod client;
pub mod coverage;
pub mod diagram;
mod digest;
mod disk;
mod dispatch;
mod enabled;
pub mod explore;
mod given;
pub mod golden;
mod history;
pub mod hunt;
mod idle;
pub mod interrupt;
pub mod json;
mod ledger;
pub mod matrix;
mod memo;
mod memory;
mod model;
pub mod mutants;
mod network;
mod notice;
mod numbered;
mod observe;
pub mod oracle;
mod paxos;
mod perform;
pub mod properties;
pub mod quiet;
pub mod recovery;
mod replica;
pub mod report;
mod router;
mod said;
mod scope;
pub mod scopes;
mod set;
pub mod shortest;
pub mod source;
pub mod speed;
mod state;
mod system;
pub mod table;
pub mod terminal;
mod told;
mod trace;
mod walks;
pub mod witnesses;
mod words;

pub use action::{Action, Expects, Loss, StoreFate};
pub use client::{CLIENT, Client, Script};
pub use disk::Disk;
pub use history::History;
pub use idle::Idle;
pub use ledger::{Ack, Conflict, Ledger, Numbered};
pub use network::{Envelope, Msg, Network, NetworkKind};
pub use perform::Outcome;
pub use replica::{DynRules, Replica};
pub use router::Router;
pub use scope::{Disks, Scope, Start, Stop};
pub use set::Set;
pub use state::State;
pub use system::{MEMBERS, System};
pub use trace::{ReplayError, Trace};
pub use walks::Walks;
