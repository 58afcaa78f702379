//! Clocks that are farther apart, and an older leader's word about time that is not applied yet.

use super::expiry;
use crate::scope::Scope;
use crate::set::Set;

pub(super) const SCOPE: Scope = Scope {
    name: "clocks",
    words: "As `expiry`, with a third tick. So the clocks of two leaders can be apart by more than a life: what is due by the one, the \
            other may have said to be past already.",
    set: Set::Full,
    ticks: 3,
    ..expiry::SCOPE
};
