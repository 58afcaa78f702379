//! Linearizability, without a search: each entry has a place in the one committed history, and so has each state that is read.
//!
//! The three taps have no common clock. But the order in which they are replayed is one in which everything could have
//! happened: no node is ahead of what it has heard. The protocol uses no clock either, so what it promises it promises in
//! that order, too: whatever began after something had ended stands behind it.
//!
//! Where something was heard that is in no tap, a node may be replayed later than it could have acted. What begins there is not
//! looked at, until the node is in a later epoch than any that had been led by then.

use super::list::{Broken, Looked, Promise};
use katakv_core::{Epoch, Index, REPLICAS};

/// See the [module](self).
#[derive(Default)]
pub(super) struct Order {
    /// How far in the history what has ended stands.
    ended: Index,
    /// For each replica: up to which epoch it may be replayed too late.
    doubted: [Option<Epoch>; REPLICAS],
}

impl Order {
    /// The replica at `place` was given something that is in no tap, when `led` was the last epoch that anybody had led.
    pub(super) fn doubt(&mut self, place: usize, led: Epoch) {
        self.doubted[place] = Some(led);
    }

    /// Behind what an operation has to stand that begins at the replica at `place` in `epoch`; nothing, where it cannot be said.
    pub(super) fn begins(&self, place: usize, epoch: Epoch) -> Option<Index> {
        let doubted = self.doubted[place];
        doubted.is_none_or(|led| epoch > led).then_some(self.ended)
    }

    /// A read, which stands at `at`, has ended.
    pub(super) fn read(
        &mut self,
        after: Option<Index>,
        at: Index,
        looked: &mut Looked,
    ) -> Result<(), Broken> {
        let may_stand = |after| at >= after;
        self.ends(
            "a linearizable read is answered from",
            after,
            at,
            may_stand,
            looked,
        )
    }

    /// A write, which stands at `at`, is acknowledged at level `quorum` or `all`.
    pub(super) fn write(
        &mut self,
        after: Option<Index>,
        at: Index,
        looked: &mut Looked,
    ) -> Result<(), Broken> {
        let may_stand = |after| at > after;
        self.ends("a write is at", after, at, may_stand, looked)
    }

    fn ends(
        &mut self,
        what: &str,
        after: Option<Index>,
        at: Index,
        may_stand: impl Fn(Index) -> bool,
        looked: &mut Looked,
    ) -> Result<(), Broken> {
        if let Some(after) = after {
            looked.keep(Promise::Linearizable, may_stand(after), || {
                format!("{what} {at}, and what had ended before it began is at {after}")
            })?;
        }
        self.ended = self.ended.max(at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_began_after_something_had_ended_stands_behind_it() {
        let (place, epoch) = (0, Epoch(1));
        let (mut order, mut looked) = (Order::default(), Looked::default());
        let early = order.begins(place, epoch);
        order.write(early, Index(5), &mut looked).unwrap();
        let late = order.begins(place, epoch);
        order.read(early, Index(3), &mut looked).expect("it began before");
        order.read(late, Index(5), &mut looked).unwrap();
        assert!(order.read(late, Index(4), &mut looked).is_err(), "a stale read");
        assert!(
            order.write(late, Index(5), &mut looked).is_err(),
            "a write of the past"
        );
    }

    #[test]
    fn who_may_be_replayed_too_late_is_believed_until_a_later_epoch() {
        let mut order = Order::default();
        order.doubt(0, Epoch(3));
        assert_eq!(order.begins(0, Epoch(3)), None);
        assert_eq!(order.begins(1, Epoch(3)), Some(Index::ZERO));
        assert_eq!(order.begins(0, Epoch(4)), Some(Index::ZERO));
    }
}
