//! A closed loop of clients against a store, and what it measures.
//!
//! Each of N clients has connections of its own and asks for one thing at a time: it sends the next request when the
//! last one is answered. So the figures are of N operations in flight, whatever the store, and a slow answer slows
//! its own client down and nobody else.
//!
//! `load.rs` is the loop, `report.rs` what came of it; `systems` says how each store is asked. Stores of others are
//! asked in their own protocols, and only in a build with the feature `against`.

mod load;
mod report;
#[cfg(feature = "against")]
mod servers;
pub mod systems;

pub use load::{Caller, Load, Measured, measure};
pub use report::{Figures, Report};
#[cfg(feature = "against")]
pub use servers::{Servers, StartError};
