//! Clocks that are farther apart, and an older leader's word about time that is not applied yet.

use super::expiry;
use crate::scope::Scope;
use crate::set::Set;

pub(super) const SCOPE: Scope = Scope {
    name: "clocks",
    words: "As `expiry`, with a third tick: one leader's clock can have passed a deadline while another's is ahead of it, so that what is \
            due by the one was said by the other to be later.",
    set: Set::Full,
    ticks: 3,
    ..expiry::SCOPE
};
