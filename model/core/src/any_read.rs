//! Reads of what any replica has applied, however old, with an age that is told.
//!
//! Nobody is waited for, and no session is asked: whoever needs an answer while there is no leader, or does not mind an
//! old one, gets it from the next replica. The answer is a consistent prefix (Terry, *Replicated Data Consistency Explained
//! Through Baseball*, 2013): the state after some committed entry, which it names. It also says how many entries the
//! replica knows of that are not in it, and which leader it hears. Of what a replica that is cut off does not know, it can
//! say nothing: one that hears no leader may be behind by any number.

use crate::{Branch, Bytes, Log, Node, Reply, Rules, Store};

/// What a replica answers to a read that takes any state of its partition: `AnyValue`, or `NotCaughtUp` if it is being
/// refilled.
pub fn any_read<R, L, S>(rules: &R, node: &Node<L, S>, key: &Bytes) -> Reply
where
    R: Rules + ?Sized,
    L: Log,
    S: Store,
{
    let (applied, last) = (node.applied(), node.log().last());
    // A learner has lost what it knew of, and with it how much it misses.
    if !rules.knows_its_age(node.hard().standing) {
        rules.took(Branch::AnyReadAtLearner);
        return Reply::NotCaughtUp { applied };
    }
    rules.took(Branch::AnyReadAnswered);
    let found = node.store().get(key);
    let (value, version) = found.map(|found| (found.value, found.version)).unzip();
    let known = rules.age_counted_to(last.index, node.commit());
    Reply::AnyValue {
        value,
        version,
        at: rules.any_read_position(applied, last),
        lag: known.0 - applied.index.0,
        leader: node.leader(),
    }
}
