//! Whether a write that was acknowledged before has reached a higher level since.
//!
//! A client that was content with level `leader` may come to need more, and ask over any connection. Only a leader knows on
//! which disks an entry is, so it is asked there; the decision is a pure function of its state, like that about a session
//! read, so nothing is kept for whoever asks, and it may ask again.
//!
//! What is awaited is an entry, epoch and index. Another epoch may own the index by now, and that one's copies are no
//! copies of it: then the answer is LOST. A deposed leader that does not know it yet answers no less truly: what it knows
//! to be committed is final, and so is whose it is.

use crate::session::{lost_range, owner_of_place};
use crate::{AckLevel, Branch, EntryId, Epoch, Log, Node, Reply, Rules, Store};

/// What a replica answers to the question whether the entry `at` has reached `level`: `Written`, `NotYet`, `Lost`, or
/// `NotLeader`.
pub fn awaited<R, L, S>(rules: &R, node: &Node<L, S>, at: EntryId, level: AckLevel) -> Reply
where
    R: Rules + ?Sized,
    L: Log,
    S: Store,
{
    let Some(levels) = node.levels(rules) else {
        rules.took(Branch::AwaitedAtNoLeader);
        let leader = node.leader();
        return Reply::NotLeader { leader };
    };
    let log = node.log();
    let committed = EntryId::new(log.epoch_at(node.commit()).unwrap_or_default(), node.commit());
    let known = rules.awaited_lost_to(committed, log.last());
    let is_it = |owner: Epoch| rules.is_awaited(owner, at.epoch);
    if owner_of_place(log, known, known.index >= at.index, at).is_some_and(|owner| !is_it(owner)) {
        rules.took(Branch::AwaitedLost);
        return Reply::Lost(lost_range(log, at));
    }
    let has_it = log.epoch_at(at.index).is_some_and(is_it);
    let copies = if has_it { levels.copies_of(at.index) } else { 0 };
    let level = rules.level_awaited(level);
    if has_it && at.index <= levels.reached_to(rules, level) {
        rules.took(Branch::AwaitedReached);
        return Reply::Written { at, copies };
    }
    rules.took(Branch::AwaitedNotYet);
    Reply::NotYet { at, copies }
}
