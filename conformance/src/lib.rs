//! Conformance: the model and the machine say the same.
//!
//! Where things are:
//! - `graph.rs` records a scope's state graph and finds paths over every edge; `generate.rs` makes traces of them;
//! - `real/` holds real nodes in the harness's hands: driver, WAL files, stores, codec bytes, and crashes on them;
//! - `replay.rs` drives them along traces in lockstep with the model, and compares the whole state after each step;
//! - `validate/` replays what real nodes recorded through `step`, and holds it against the promises;
//! - `shrink.rs` finds the shortest form of a trace on which they part, `picture.rs` draws it;
//! - `shell/` makes mistakes in the real code on purpose, one at a time, and tells who notices them;
//! - `processes/` steers three real processes along traces; `failover.rs` and `lifecycle.rs` have them fail over, lose a disk and
//!   restart;
//! - `cli/` is the command line; without a command it does all of it and ends in a verdict.

pub mod cli;
pub mod failover;
pub mod generate;
pub mod graph;
mod home;
pub mod lifecycle;
pub mod picture;
pub mod processes;
pub mod real;
pub mod replay;
pub mod shell;
pub mod shrink;
pub mod validate;
