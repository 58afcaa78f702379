//! Sets of scopes: how much is looked at, for how long a wait.

use std::fmt;

/// The set that a scope belongs to. What belongs to a smaller set belongs to `full` as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    /// Exhausted in a moment: all of them together within a minute on two cores.
    Quick,
    /// Exhausted too, each within ten minutes and 12 GB on two cores.
    Full,
    /// Too large to be exhausted. Walked through at random, reproducibly, for as long as one likes; what was not
    /// seen is not claimed.
    Deep,
}

impl Set {
    /// Every set, the smallest first.
    pub const ALL: [Set; 3] = [Set::Quick, Set::Full, Set::Deep];

    /// What it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Set::Quick => "quick",
            Set::Full => "full",
            Set::Deep => "deep",
        }
    }

    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Set::Quick => "exhausted, all of them within a minute on two cores",
            Set::Full => {
                "these and those of `quick`; each exhausted within ten minutes and 12 GB on two cores"
            }
            Set::Deep => "too large to be exhausted: seeded random walks, for as long as one likes",
        }
    }

    /// Whether a scope of the set `of` is looked at when this set is asked for.
    pub(crate) fn includes(self, of: Set) -> bool {
        self == of || (self == Set::Full && of == Set::Quick)
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
