//! What a damaged disk is refused for, variant by variant; that whole ones are recovered is told in the scripts.

use katakv_core::*;
use std::collections::BTreeMap;

fn entry(epoch: u64, index: u64) -> Entry {
    Entry {
        id: EntryId::new(Epoch(epoch), Index(index)),
        payload: Payload::Barrier,
    }
}

fn hard(epoch: u64) -> Option<HardState> {
    Some(HardState {
        epoch: Epoch(epoch),
        vote: None,
        standing: Standing::Original,
    })
}

fn tail(after: u64, entries: Vec<Entry>) -> Option<Tail> {
    Some(Tail {
        after: Index(after),
        entries: entries.into(),
    })
}

fn fold(records: Vec<Record>, applied: EntryId) -> Result<Node<MemLog, MemStore>, RecoverError> {
    let config = Config::new(NodeId(0), [NodeId(0), NodeId(1), NodeId(2)], Limits::default());
    let store = MemStore::new(applied, State::default(), Vec::new());
    recover(&Sound, config, records, MemLog::default(), store, &mut Vec::new())
}

/// The log e1:1 e1:2, in epoch 2.
fn sound() -> Vec<Record> {
    vec![
        Record {
            hard: hard(1),
            tail: tail(0, vec![entry(1, 1), entry(1, 2)]),
            base: None,
        },
        Record {
            hard: hard(2),
            tail: None,
            base: None,
        },
    ]
}

fn with(last: Record) -> Vec<Record> {
    let mut records = sound();
    records.push(last);
    records
}

#[test]
fn whole_records_are_recovered() {
    let node = fold(sound(), entry(1, 1).id).unwrap();
    assert_eq!(node.epoch(), Epoch(2));
    assert_eq!(
        (node.durable(), node.commit(), node.applied()),
        (Index(2), Index(1), entry(1, 1).id)
    );
}

#[test]
fn a_record_that_does_not_follow_the_log_is_refused() {
    let records = with(Record {
        hard: None,
        tail: tail(3, vec![entry(2, 4)]),
        base: None,
    });
    let gap = RecoverError::Gap {
        last: entry(1, 2).id,
        after: Index(3),
    };
    assert_eq!(fold(records, EntryId::ZERO), Err(gap));
}

#[test]
fn a_record_with_a_hole_inside_is_refused() {
    let records = with(Record {
        hard: None,
        tail: tail(2, vec![entry(2, 3), entry(2, 5)]),
        base: None,
    });
    let gap = RecoverError::Gap {
        last: entry(2, 3).id,
        after: Index(4),
    };
    assert_eq!(fold(records, EntryId::ZERO), Err(gap));
}

#[test]
fn a_record_that_goes_back_in_epochs_is_refused() {
    let back = HardState {
        epoch: Epoch(1),
        vote: None,
        standing: Standing::Original,
    };
    let records = with(Record {
        hard: Some(back),
        tail: None,
        base: None,
    });
    assert_eq!(fold(records, EntryId::ZERO), Err(RecoverError::EpochOrder(back)));
}

#[test]
fn an_entry_of_an_epoch_that_has_not_begun_is_refused() {
    let records = with(Record {
        hard: None,
        tail: tail(2, vec![entry(3, 3)]),
        base: None,
    });
    let order = RecoverError::EpochOrder(hard(2).unwrap());
    assert_eq!(fold(records, EntryId::ZERO), Err(order));
}

#[test]
fn entries_whose_epochs_decrease_are_refused() {
    let records = with(Record {
        hard: None,
        tail: tail(2, vec![entry(2, 3), entry(1, 4)]),
        base: None,
    });
    let order = RecoverError::EpochOrder(hard(2).unwrap());
    assert_eq!(fold(records, EntryId::ZERO), Err(order));
}

#[test]
fn a_store_ahead_of_the_log_is_refused() {
    for applied in [entry(1, 3).id, entry(2, 2).id] {
        let ahead = RecoverError::StoreAhead {
            applied,
            last: entry(1, 2).id,
        };
        assert_eq!(fold(sound(), applied), Err(ahead));
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let gap = fold(
        with(Record {
            hard: None,
            tail: tail(3, vec![entry(2, 4)]),
            base: None,
        }),
        EntryId::ZERO,
    );
    assert_eq!(
        gap.unwrap_err().to_string(),
        "a record continues after index 3, but the log ends at e1:2"
    );
}

fn lineage(runs: &[(u64, u64)]) -> Lineage {
    let mut lineage = Lineage::default();
    for (epoch, last) in runs {
        while lineage.last().index < Index(*last) {
            lineage.append(EntryId::new(Epoch(*epoch), lineage.last().index.next()));
        }
    }
    lineage
}

fn base(base: Base) -> Record {
    Record {
        base: Some(base),
        ..Record::default()
    }
}

fn installed(runs: &[(u64, u64)]) -> Record {
    let a = Versioned {
        value: "1".into(),
        version: entry(1, 1).id,
    };
    let state = Image::Whole(State {
        data: BTreeMap::from([("a".into(), a)]),
        ..State::default()
    });
    let lineage = lineage(runs);
    base(Base::Installed(Snapshot { lineage, state }))
}

#[test]
fn a_compacted_log_needs_a_store_that_has_what_it_dropped() {
    let records = || with(base(Base::Compacted(lineage(&[(1, 2)]))));
    let node = fold(records(), entry(1, 2).id).unwrap();
    assert_eq!(node.log().compacted(), entry(1, 2).id);
    assert_eq!(node.log().epoch_at(Index(1)), Some(Epoch(1)));
    let (applied, compacted) = (entry(1, 1).id, entry(1, 2).id);
    assert_eq!(
        fold(records(), applied),
        Err(RecoverError::StoreBehind { applied, compacted })
    );
}

#[test]
fn a_log_does_not_drop_what_it_does_not_have() {
    for runs in [&[(1, 3)][..], &[(2, 2)]] {
        let broken = fold(with(base(Base::Compacted(lineage(runs)))), EntryId::ZERO);
        assert!(
            matches!(broken, Err(RecoverError::BrokenBase { .. })),
            "{broken:?}"
        );
    }
}

#[test]
fn a_store_that_had_not_got_a_leaders_state_gets_it_at_recovery() {
    let node = fold(with(installed(&[(1, 2), (2, 4)])), entry(1, 1).id).unwrap();
    assert_eq!(node.applied(), entry(2, 4).id);
    assert_eq!(node.store().data().len(), 1);
    assert_eq!((node.durable(), node.commit()), (Index(4), Index(4)));
}

#[test]
fn a_leaders_state_of_a_later_epoch_or_of_nothing_new_is_refused() {
    let later = fold(with(installed(&[(3, 4)])), EntryId::ZERO);
    assert!(matches!(later, Err(RecoverError::EpochOrder(_))), "{later:?}");
    let mut twice = with(installed(&[(1, 2), (2, 4)]));
    twice.push(installed(&[(1, 2), (2, 4)]));
    let again = fold(twice, EntryId::ZERO);
    assert!(matches!(again, Err(RecoverError::BrokenBase { .. })), "{again:?}");
}

#[test]
fn a_tail_does_not_begin_in_what_is_dropped() {
    let mut records = with(base(Base::Compacted(lineage(&[(1, 2)]))));
    records.push(Record {
        tail: tail(1, vec![entry(2, 2)]),
        ..Record::default()
    });
    let gap = fold(records, entry(1, 2).id);
    assert!(matches!(gap, Err(RecoverError::Gap { .. })), "{gap:?}");
}
