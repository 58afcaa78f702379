//! The entry that makes it a member is in its log, so it counts, for this very entry, too. The survivors have promised nothing yet.

use super::{Killer, Mutant};
use katakv_core::{Index, Rules};

struct JoinsWhenAppended;

pub(super) const MUTANT: Mutant = Mutant {
    name: "joins-when-appended",
    words: "a replica that has lost its disk is a member once the entry that says so is appended",
    source: "Ongaro's thesis, §4.1: there a server uses a configuration that is merely appended, because the others bear with it",
    scope: "refill-power",
    rules: &JoinsWhenAppended,
    killed_by: Killer::Property("a refilled replica is not counted early"),
    also: &[],
};

impl Rules for JoinsWhenAppended {
    fn joins_within(&self, _: Index, last: Index) -> Index {
        last
    }
}
