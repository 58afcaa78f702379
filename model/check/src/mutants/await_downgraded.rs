//! Level `all` is awaited, and a majority is taken for it: a silent downgrade.

use super::{Killer, Mutant};
use katakv_core::{AckLevel, Rules};

struct AwaitDowngraded;

pub(super) const MUTANT: Mutant = Mutant {
    name: "await-downgraded",
    words: "whoever awaits level all is answered once level quorum is reached",
    source: "acknowledgements of all in-sync replicas, however few are in sync: Kafka's acks=all with min.insync.replicas=1",
    scope: "fate",
    rules: &AwaitDowngraded,
    killed_by: Killer::Property("awaited levels hold"),
    also: &[],
};

impl Rules for AwaitDowngraded {
    fn level_awaited(&self, asked: AckLevel) -> AckLevel {
        asked.min(AckLevel::Quorum)
    }
}
