//! A picture of a trace: one file, without anything from outside.
//!
//! Time goes down, a row a step. Each replica has a lane, and its disk one beside it. Left of the disk stands what happened in
//! memory, right of it which records were appended, synced or lost; an arrow is a message, from the step that sent it to
//! the step that delivered it. A band is a leadership. Where a property does not hold any more, the row says why.
//!
//! `tale.rs` works out what there is to tell, `marks.rs` what one step changed, `flights.rs` what became of each message;
//! `layout.rs` says what goes where, `svg.rs`, `legend.rs`, `arrows.rs` and `rows.rs` draw it, and `html.rs` makes a page of it that one steps through, with the
//! whole state (`panel.rs`, with what a leader keeps in `leading.rs`) beside it.

mod arrows;
mod flights;
mod html;
mod layout;
mod leading;
mod legend;
mod marks;
mod panel;
mod pen;
mod rows;
mod svg;
mod tale;
mod text;

pub use html::page;
pub use svg::picture;
pub(crate) use tale::told;
pub use tale::{Parting, Tale};
pub(crate) use text::escape;
