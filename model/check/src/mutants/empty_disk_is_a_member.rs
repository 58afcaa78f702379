//! A new disk is mounted, and the server is started as it always was.

use super::{Killer, Mutant};
use katakv_core::{Rules, Standing};

struct EmptyDiskIsAMember;

pub(super) const MUTANT: Mutant = Mutant {
    name: "empty-disk-is-a-member",
    words: "a replica that has lost its disk starts as on its first day",
    source: "Chandra et al. 2007, Paxos Made Live, §5.1: a replica whose disk is empty must not be taken for a new one",
    scope: "refill-power",
    rules: &EmptyDiskIsAMember,
    killed_by: Killer::Property("a damaged replica never wins"),
    also: &["a refilled replica never votes early", "leader completeness"],
};

impl Rules for EmptyDiskIsAMember {
    fn refilled_as(&self, _: u64) -> Standing {
        Standing::Original
    }
}
