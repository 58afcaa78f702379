//! With a window of one nothing is ever sent. Nothing bad happens, and nothing else.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct WindowBlocksProbe;

pub(super) const MUTANT: Mutant = Mutant {
    name: "window-blocks-probe",
    words: "an off-by-one in the window: it closes one span early",
    source: "an off-by-one that leaves every property green",
    scope: "tiny",
    rules: &WindowBlocksProbe,
    killed_by: Killer::Witness("a leader serves"),
    also: &[],
};

impl Rules for WindowBlocksProbe {
    fn window_open(&self, in_flight: usize, window: usize) -> bool {
        in_flight + 1 < window
    }
}
