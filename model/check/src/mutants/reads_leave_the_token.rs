//! The answer to a read tells the position that the session asked for rather than the one that was read. The session then
//! does not notice when the next replica is farther behind.

use super::{Killer, Mutant};
use katakv_core::{EntryId, Rules};

struct ReadsLeaveTheToken;

pub(super) const MUTANT: Mutant = Mutant {
    name: "reads-leave-the-token",
    words: "a read's answer gives the session's own position back, not that of the state that was read",
    source: "Terry et al. 1994: monotonic reads need the read set, not the write set",
    scope: "reader",
    rules: &ReadsLeaveTheToken,
    killed_by: Killer::Property("monotonic reads"),
    also: &[],
};

impl Rules for ReadsLeaveTheToken {
    fn read_position(&self, _applied: EntryId, seen: EntryId) -> EntryId {
        seen
    }
}
