//! How a session moves, and that it never drops what may be lost without having been told.

use super::*;
use katakv_core::Epoch;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const P: Partition = Partition(4);

fn id(epoch: u64, index: u64) -> EntryId {
    EntryId::new(Epoch(epoch), Index(index))
}

fn lost(epoch: u64, first: u64, last: u64) -> LostRange {
    LostRange {
        epoch: Epoch(epoch),
        first: Index(first),
        last: Index(last),
    }
}

#[test]
fn reads_move_it_forward_only() {
    let mut session = Session::default();
    for (at, seen) in [
        (id(1, 5), id(1, 5)),
        (id(1, 3), id(1, 5)),
        (id(2, 6), id(2, 6)),
        (id(1, 9), id(2, 6)),
    ] {
        session.advance(P, at);
        assert_eq!(session.seen(P), seen);
    }
    assert_eq!(session.seen(Partition(5)), EntryId::ZERO);
    assert_eq!(session.in_doubt(P), None);
}

#[test]
fn writes_of_one_epoch_leave_no_doubt() {
    let mut session = Session::default();
    session.acknowledge(P, id(1, 5));
    session.acknowledge(P, id(1, 7));
    session.acknowledge(P, id(1, 6));
    assert_eq!((session.seen(P), session.in_doubt(P)), (id(1, 7), None));
}

#[test]
fn a_write_of_another_epoch_keeps_the_lower_position_in_doubt() {
    let mut session = Session::default();
    session.acknowledge(P, id(1, 5));
    session.acknowledge(P, id(2, 6));
    assert_eq!((session.seen(P), session.in_doubt(P)), (id(2, 6), Some(id(1, 5))));
    session.settle(P);
    assert_eq!((session.seen(P), session.in_doubt(P)), (id(2, 6), None));
    // A deposed leader that does not know it yet acknowledges as well.
    session.acknowledge(P, id(1, 9));
    assert_eq!((session.seen(P), session.in_doubt(P)), (id(2, 6), Some(id(1, 9))));
}

#[test]
fn forgetting_goes_back_to_what_survived() {
    let mut session = Session::default();
    session.advance(P, id(1, 5));
    session.forget(P, &lost(1, 4, 5));
    assert_eq!(session.seen(P), id(1, 3));
    session.forget(P, &lost(1, 1, 3));
    assert_eq!(session.seen(P), EntryId::ZERO);
}

#[test]
fn forgetting_the_doubtful_keeps_the_newest() {
    let mut session = Session::default();
    session.acknowledge(P, id(1, 5));
    session.acknowledge(P, id(2, 6));
    session.forget(P, &lost(1, 1, 5));
    assert_eq!((session.seen(P), session.in_doubt(P)), (id(2, 6), None));
}

#[test]
fn forgetting_the_newest_keeps_the_doubtful() {
    let mut session = Session::default();
    session.acknowledge(P, id(1, 5));
    session.acknowledge(P, id(2, 6));
    session.forget(P, &lost(2, 1, 6));
    assert_eq!((session.seen(P), session.in_doubt(P)), (id(1, 5), None));
}

#[test]
fn a_session_belongs_to_one_cluster() {
    let mut session = Session::default();
    session.join(ClusterId(1)).unwrap();
    session.join(ClusterId(1)).unwrap();
    assert!(session.join(ClusterId(2)).is_err());
    assert_eq!(session.cluster(), Some(ClusterId(1)));
}

/// Whatever a session was told is done is covered until a read has shown it to be committed: by a position of the same
/// epoch, which a read either includes or reports as lost.
#[test]
fn an_acknowledged_write_is_covered_until_it_is_settled() {
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..200 {
        let mut session = Session::default();
        let mut unsettled: Vec<EntryId> = Vec::new();
        for _ in 0..20 {
            if session.in_doubt(P).is_some() {
                // What a client does before it writes: the lower epoch is committed, and all of it that was seen.
                session.settle(P);
                unsettled.retain(|at| at.epoch == session.seen(P).epoch);
            }
            let at = id(rng.random_range(1..4), rng.random_range(1..10));
            session.acknowledge(P, at);
            unsettled.push(at);
            let positions = [Some(session.seen(P)), session.in_doubt(P)];
            for at in &unsettled {
                let covers = |position: &EntryId| position.epoch == at.epoch && position.index >= at.index;
                assert!(
                    positions.iter().flatten().any(covers),
                    "{at} is dropped: {session}"
                );
            }
        }
    }
}
