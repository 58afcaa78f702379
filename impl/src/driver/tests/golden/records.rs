//! Records of the log.

use super::{assert_record, entries, id, living, once, snapshot, transaction};
use katakv_core::{
    Base, Entries, Entry, Epoch, HardState, Index, NodeId, Payload, Record, Snapshot, Standing, Tail,
};

#[test]
fn records_of_clients() {
    let record = |payload| {
        let entry = Entry {
            id: id(2, 5),
            payload,
        };
        let tail = Tail {
            after: Index(4),
            entries: Entries::from(vec![entry]),
        };
        Record {
            tail: Some(tail),
            ..Record::default()
        }
    };
    assert_record(record(Payload::Register { forgets: None }), "000104010205040000");
    let forgets = Some(id(1, 3));
    assert_record(record(Payload::Register { forgets }), "0001040102050401010300");
    assert_record(
        record(Payload::Once(Box::new(once()))),
        "000104010205050204070602016b010204016c000100016b017600",
    );
}

#[test]
fn records_about_time() {
    let payloads = [
        Payload::Op(living(1_800_000_000_000)),
        Payload::Expire {
            time_ms: 1_800_000_030_000,
            keys_max: 1024,
        },
    ];
    let entry = |(place, payload): (u64, _)| Entry {
        id: id(2, 5 + place),
        payload,
    };
    let entries = (0..).zip(payloads).map(entry).collect::<Vec<_>>();
    let tail = Tail {
        after: Index(4),
        entries: Entries::from(entries),
    };
    assert_record(
        Record {
            tail: Some(tail),
            ..Record::default()
        },
        "0001040202050102016b0176fb3075fd00505c18a3010000020606fd30c55c18a3010000fb000400",
    );
}

#[test]
fn records() {
    let vote = Some(NodeId(1));
    let hard = Some(HardState {
        epoch: Epoch(300),
        vote,
        standing: Standing::Original,
    });
    let tail = Some(Tail {
        after: Index(4),
        entries: entries(),
    });
    let entry = Entry {
        id: id(2, 5),
        payload: Payload::Transaction(Box::new(transaction())),
    };
    let of_transaction = Tail {
        after: Index(4),
        entries: Entries::from(vec![entry]),
    };
    assert_record(
        Record {
            tail: Some(of_transaction),
            ..Record::default()
        },
        "0001040102050202016b010204016c000100016b017600",
    );
    assert_record(
        Record {
            hard,
            ..Record::default()
        },
        "01fb2c010101000000",
    );
    assert_record(
        Record {
            tail: tail.clone(),
            ..Record::default()
        },
        "0001040302050002060100016b0576616c756502070101016b00",
    );
    let hard = Some(HardState {
        epoch: Epoch(2),
        vote: None,
        standing: Standing::Learner { incarnation: 7 },
    });
    assert_record(
        Record {
            hard,
            tail,
            base: None,
        },
        "010200010701040302050002060100016b0576616c756502070101016b00",
    );
    let Snapshot { lineage, state } = snapshot();
    assert_record(
        Record {
            base: Some(Base::Compacted(lineage.clone())),
            ..Record::default()
        },
        "000001000201010203",
    );
    assert_record(
        Record {
            base: Some(Base::Installed(Snapshot { lineage, state })),
            ..Record::default()
        },
        "0000010102010102030001016b017602030101010301010202030001016bfbe803fb8403",
    );
}
