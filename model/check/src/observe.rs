//! What a search has seen so far: which properties were violated, which witnesses came by.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared by the threads of one search.
#[derive(Default)]
pub(crate) struct Observed {
    /// Bit `n`: the `n`-th property is violated somewhere.
    pub(crate) violated: AtomicU64,
    /// Bit `n`: the `n`-th witness was seen.
    pub(crate) witnessed: AtomicU64,
    /// Set when the search is to give up: no state has a next one any more.
    pub(crate) stop: AtomicBool,
}

impl Observed {
    pub(crate) fn has(bits: &AtomicU64, place: usize) -> bool {
        bits.load(Ordering::Relaxed) >> place & 1 == 1
    }

    pub(crate) fn set(bits: &AtomicU64, place: usize) {
        bits.fetch_or(1 << place, Ordering::Relaxed);
    }
}
