//! What a search has seen so far: which properties were violated, which witnesses came by.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Shared by the threads of one search.
#[derive(Default)]
pub(crate) struct Observed {
    /// Bit `n`: the `n`-th property is violated somewhere.
    pub(crate) violated: AtomicU64,
    /// Bit `n`: the `n`-th witness was seen.
    pub(crate) witnessed: Noted,
    /// How many states were asked what may happen in them.
    pub(crate) looked_at: AtomicUsize,
    /// Set when the search is to give up: no state is looked at any more.
    pub(crate) stop: AtomicBool,
}

/// A set of places that is added to from several threads; there are more witnesses than a word has bits.
#[derive(Default)]
pub(crate) struct Noted([AtomicU64; 2]);

impl Noted {
    pub(crate) fn has(&self, place: usize) -> bool {
        Observed::has(&self.0[place / 64], place % 64)
    }

    pub(crate) fn set(&self, place: usize) {
        Observed::set(&self.0[place / 64], place % 64);
    }

    /// All of it, as bits.
    pub(crate) fn bits(&self) -> u128 {
        let [low, high] = self
            .0
            .each_ref()
            .map(|word| u128::from(word.load(Ordering::Relaxed)));
        high << 64 | low
    }
}

impl Observed {
    pub(crate) fn has(bits: &AtomicU64, place: usize) -> bool {
        bits.load(Ordering::Relaxed) >> place & 1 == 1
    }

    pub(crate) fn set(bits: &AtomicU64, place: usize) {
        bits.fetch_or(1 << place, Ordering::Relaxed);
    }
}
