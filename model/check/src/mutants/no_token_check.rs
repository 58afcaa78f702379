//! Reads from replicas are fast, and old.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct NoTokenCheck;

pub(super) const MUTANT: Mutant = Mutant {
    name: "no-token-check",
    words: "a replica answers a session without having caught up with it",
    source: "asynchronous read replicas everywhere",
    scope: "client",
    rules: &NoTokenCheck,
    killed_by: Killer::Property("read your writes"),
    also: &["client answers"],
};

impl Rules for NoTokenCheck {
    fn caught_up(&self, _applied: Index, _seen: Index) -> bool {
        true
    }
}
