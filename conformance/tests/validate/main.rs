//! Machine to model: what is recorded is validated, and what is doctored is rejected where it was doctored.

// A test that cannot go on fails, and where is told.
#![allow(clippy::unwrap_used)]

mod doctored;
mod doctored_states;
mod mutants;
mod spread;
mod taps;
