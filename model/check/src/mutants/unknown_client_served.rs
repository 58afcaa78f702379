//! A client that is not known is taken for a new one.

use super::{Killer, Mutant};
use katakv_core::Rules;

struct UnknownClientServed;

pub(super) const MUTANT: Mutant = Mutant {
    name: "unknown-client-served",
    words: "a write of a client that was forgotten is carried out, though it may have been before",
    source: "Ongaro's thesis, §6.3: a session for whoever has none would carry out again what an expired one has",
    scope: "forgotten",
    rules: &UnknownClientServed,
    killed_by: Killer::Property("exactly once"),
    also: &[],
};

impl Rules for UnknownClientServed {
    fn serves_unknown_clients(&self) -> bool {
        true
    }
}
