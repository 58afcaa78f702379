//! A snapshot is of the data, and of whoever wrote it.

use super::{Killer, Mutant};
use katakv_core::{Deadlines, Image, Rules, State};

struct SnapshotWithoutDeadlines;

pub(super) const MUTANT: Mutant = Mutant {
    name: "snapshot-without-deadlines",
    words: "the state that a leader sends lacks when which key goes",
    source: "a field that was added later, and that the snapshot's format does not know",
    scope: "expiry-snapshot",
    rules: &SnapshotWithoutDeadlines,
    killed_by: Killer::Property("applied as specified"),
    also: &[],
};

impl Rules for SnapshotWithoutDeadlines {
    fn state_sent(&self, state: Image) -> Image {
        match state {
            Image::Whole(state) => Image::Whole(State {
                deadlines: Deadlines::default(),
                ..state
            }),
            Image::Named(name) => Image::Named(name),
        }
    }
}
