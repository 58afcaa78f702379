//! What a leader takes for a while, it keeps for that while.

use super::steps::StepPromise;
use crate::action::Action;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{Effect, Payload, Store};

pub(super) struct NoLifeCutShort;

impl StepPromise for NoLifeCutShort {
    const NAME: &str = "no life is cut short";
    const WORDS: &str = "a leader lets no key expire whose write it has taken itself before its own clock has counted the whole \
                         time to live, whatever other clocks show and whatever its log says that it is";
    const SOURCE: &str = "Gray and Cheriton, Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache \
                          Consistency, 1989: a term counts from when it is granted";
    const BROKEN: &str = "a leader has let a key expire before its clock had counted the time to live";

    fn kept(system: &System, step: &Step<'_>) -> bool {
        let (Action::Expire { node }, Some(ttl)) = (step.action, system.scope.ttl) else {
            return true;
        };
        let replica = step.before.replica(*node);
        let store = replica.node().store();
        let ends = |time_ms: u64| {
            store.due(time_ms, usize::MAX).into_iter().all(|key| {
                let found = store
                    .get(&key)
                    .filter(|found| found.version.epoch == replica.node().epoch());
                let write = found.and_then(|found| system.write_of(&found.value));
                let taken = write.map(|write| step.before.ledger.taken_ms[usize::from(write)]);
                taken.is_none_or(|taken| taken + u64::from(ttl) <= replica.clock_ms())
            })
        };
        step.outcome.effects.iter().all(|effect| match effect {
            Effect::Persist(record) => record
                .tail
                .iter()
                .flat_map(|tail| tail.entries.iter())
                .all(|entry| match &entry.payload {
                    Payload::Expire { time_ms, .. } => ends(*time_ms),
                    _ => true,
                }),
            _ => true,
        })
    }
}
