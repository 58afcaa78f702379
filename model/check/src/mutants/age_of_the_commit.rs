//! How far a replica is behind, it reckons from what it knows to be committed. A replica that its leader has left with
//! un-committed entries then claims to be up to date.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct AgeOfTheCommit;

pub(super) const MUTANT: Mutant = Mutant {
    name: "age-of-the-commit",
    words: "the lag that is told with a read of any age leaves out entries that are not known to be committed",
    source: "replica lag that reads zero on a replica that is cut off: MySQL's Seconds_Behind_Master, from the relay log",
    scope: "failover",
    rules: &AgeOfTheCommit,
    killed_by: Killer::Property("any reads tell their age"),
    also: &[],
};

impl Rules for AgeOfTheCommit {
    fn age_counted_to(&self, _last: Index, commit: Index) -> Index {
        commit
    }
}
