//! The client's names, and the numbers of its writes: what makes sending a write again harmless.
//!
//! In each partition that it writes to, the client registers once and then numbers its writes. A number is *open* from
//! when it is given out until its write is answered or given up; with each write the client says up to where none is open
//! any more, so that the partition need not remember those. Numbers that are open span at most [`OUTSTANDING_MAX`](katakv_core::OUTSTANDING_MAX); a write
//! beyond waits for the oldest one.

use katakv_core::{EntryId, Origin, PARTITIONS, Partition};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedMutexGuard, futures::Notified};

/// Those of all partitions.
#[derive(Debug)]
pub(super) struct Numbers([OfPartition; PARTITIONS as usize]);

#[derive(Debug, Default)]
struct OfPartition {
    state: Mutex<State>,
    /// Held by whoever registers: others wait for the name.
    registering: Arc<tokio::sync::Mutex<()>>,
    /// A number is not open any more.
    closed: Notify,
}

#[derive(Debug, Default)]
struct State {
    name: Option<EntryId>,
    /// The last number that was given out.
    last: u64,
    open: BTreeSet<u64>,
}

impl State {
    /// Up to where no number is open.
    fn done(&self) -> u64 {
        self.open.first().map_or(self.last, |first| first - 1)
    }
}

/// A number that is open for as long as this is held.
#[derive(Debug)]
pub(super) struct Number<'a> {
    of: &'a OfPartition,
    origin: Origin,
}

/// What becomes of asking for a number.
pub(super) enum Next<'a> {
    /// Here it is.
    Number(Number<'a>),
    /// The client has no name in the partition.
    Nameless,
    /// Too many are open. Wait, and ask again.
    Full(Notified<'a>),
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers(std::array::from_fn(|_| OfPartition::default()))
    }
}

impl Numbers {
    /// The next number of a write in `partition`.
    pub(super) fn next(&self, partition: Partition) -> Next<'_> {
        let of = self.of(partition);
        // Before the look at what is open, so that nothing is missed between the two.
        let closed = of.closed.notified();
        let mut state = of.lock();
        let Some(client) = state.name else {
            return Next::Nameless;
        };
        let (seq, done) = (state.last + 1, state.done());
        let origin = Origin { client, seq, done };
        if !origin.is_within_bounds() {
            return Next::Full(closed);
        }
        state.last = seq;
        state.open.insert(seq);
        Next::Number(Number { of, origin })
    }

    /// Whether the client has a name in `partition`.
    pub(super) fn has_name(&self, partition: Partition) -> bool {
        self.of(partition).lock().name.is_some()
    }

    /// The turn to register in `partition`, unless somebody has it, or has had it meanwhile.
    pub(super) fn free_turn(&self, partition: Partition) -> Option<OwnedMutexGuard<()>> {
        let turn = Arc::clone(&self.of(partition).registering)
            .try_lock_owned()
            .ok()?;
        (!self.has_name(partition)).then_some(turn)
    }

    /// Waits for the turn to register in `partition`; `None` if somebody else has done so meanwhile.
    pub(super) async fn turn(&self, partition: Partition) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let of = self.of(partition);
        let turn = of.registering.lock().await;
        of.lock().name.is_none().then_some(turn)
    }

    /// The client is called `name` in `partition` from now on, and begins to count.
    pub(super) fn registered(&self, partition: Partition, name: EntryId) {
        *self.of(partition).lock() = State {
            name: Some(name),
            ..State::default()
        };
    }

    fn of(&self, partition: Partition) -> &OfPartition {
        &self.0[usize::from(partition.0)]
    }
}

impl OfPartition {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; if something did, the numbers would still be right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Number<'_> {
    /// The write's origin.
    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    /// The partition does not know the client by this name any more.
    pub(super) fn forget_name(&self) {
        let mut state = self.of.lock();
        if state.name == Some(self.origin.client) {
            *state = State::default();
        }
    }
}

impl Drop for Number<'_> {
    fn drop(&mut self) {
        let mut state = self.of.lock();
        if state.name == Some(self.origin.client) {
            state.open.remove(&self.origin.seq);
        }
        drop(state);
        self.of.closed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::{Epoch, Index, OUTSTANDING_MAX};

    const P: Partition = Partition(3);

    fn named(index: u64) -> Numbers {
        let numbers = Numbers::default();
        numbers.registered(P, EntryId::new(Epoch(1), Index(index)));
        numbers
    }

    fn next(numbers: &Numbers) -> Number<'_> {
        match numbers.next(P) {
            Next::Number(number) => number,
            Next::Nameless | Next::Full(_) => panic!("a number is free"),
        }
    }

    fn told(number: &Number<'_>) -> (u64, u64) {
        (number.origin().seq, number.origin().done)
    }

    #[test]
    fn the_client_is_done_up_to_the_first_number_that_is_open() {
        let numbers = named(2);
        let (one, two) = (next(&numbers), next(&numbers));
        assert_eq!((told(&one), told(&two)), ((1, 0), (2, 0)));
        drop(two);
        assert_eq!(told(&next(&numbers)), (3, 0));
        drop(one);
        assert_eq!(told(&next(&numbers)), (4, 3));
    }

    #[test]
    fn as_many_are_open_as_are_remembered_and_the_oldest_makes_room() {
        let numbers = named(2);
        let mut open: Vec<Number<'_>> = (0..OUTSTANDING_MAX).map(|_| next(&numbers)).collect();
        let oldest = open.remove(0);
        drop(open);
        assert!(matches!(numbers.next(P), Next::Full(_)));
        drop(oldest);
        assert_eq!(told(&next(&numbers)), (OUTSTANDING_MAX + 1, OUTSTANDING_MAX));
    }

    #[test]
    fn a_new_name_begins_to_count_anew_and_an_old_number_does_not_disturb_it() {
        let numbers = named(2);
        let old = next(&numbers);
        old.forget_name();
        assert!(matches!(numbers.next(P), Next::Nameless));
        numbers.registered(P, EntryId::new(Epoch(1), Index(9)));
        let new = next(&numbers);
        drop(old);
        assert_eq!(told(&next(&numbers)), (2, 0));
        assert_eq!(told(&new), (1, 0));
    }
}
